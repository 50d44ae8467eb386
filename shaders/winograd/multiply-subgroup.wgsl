enable subgroups;
diagnostic(off, subgroup_uniformity);
// z[k, row, column] = Σ_d a[k, row, d] · b[k, d, column]: 36 products of matrices
//
// A workgroup is one subgroup. It owns ROWS rows × one vec4 of columns a lane, of one k. Its lanes load the values of
// different rows of a and share them. Per vec4 of d: ROWS / WORKGROUP + 4 loads for 16·ROWS multiply-adds.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 8u; // @tune
const ROWS: u32 = 16u; // @tune
const ROUNDS: u32 = ROWS / WORKGROUP;

struct Params {
  rows: u32,
  depth: u32, // in vec4
  columns: u32, // in vec4
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [36, rows, depth]
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [36, 4 · depth, columns]
@group(0) @binding(2) var<storage, read_write> z: array<vec4f>; // [36, rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread, @builtin(subgroup_invocation_id) lane: u32) {
  let rowBlocks = (params.rows + ROWS - 1u) / ROWS;
  let columnBlocks = (params.columns + WORKGROUP - 1u) / WORKGROUP;
  let group = groupIndex(thread);
  let firstRow = group % rowBlocks * ROWS;
  let column = group / rowBlocks % columnBlocks * WORKGROUP + lane;
  let k = group / rowBlocks / columnBlocks;
  var source: array<u32, ROUNDS>;
  for (var r = 0u; r < ROUNDS; r++) { // @unroll
    source[r] = (k * params.rows + min(firstRow + r * WORKGROUP + lane, params.rows - 1u)) * params.depth;
  }
  var at = k * 4u * params.depth * params.columns + min(column, params.columns - 1u);
  var sums: array<vec4f, ROWS>;
  for (var d = 0u; d < params.depth; d++) {
    let b0 = b[at];
    let b1 = b[at + params.columns];
    let b2 = b[at + 2u * params.columns];
    let b3 = b[at + 3u * params.columns];
    var loaded: array<vec4f, ROUNDS>;
    for (var r = 0u; r < ROUNDS; r++) { // @unroll
      loaded[r] = a[source[r] + d];
    }
    for (var row = 0u; row < ROWS; row++) { // @unroll
      let v = subgroupShuffle(loaded[row / WORKGROUP], row % WORKGROUP);
      sums[row] = fma(v.wwww, b3, fma(v.zzzz, b2, fma(v.yyyy, b1, fma(v.xxxx, b0, sums[row]))));
    }
    at += 4u * params.columns;
  }
  if (column < params.columns && k < 36u) {
    for (var row = 0u; row < ROWS; row++) { // @unroll
      if (firstRow + row < params.rows) {
        z[(k * params.rows + firstRow + row) * params.columns + column] = sums[row];
      }
    }
  }
}
