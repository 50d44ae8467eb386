// z[i, r, c] = Σ_d a[i, r, d] · b[i, d, c], of matrices that may be stored transposed
//
// An invocation owns a block of 4 × 4: 8 loads for 16 multiply-adds. Past an end, it loads the last place inside.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  count: u32, // of products
  rows: u32,
  depth: u32,
  columns: u32,
  aRow: u32, // distance of rows of a in memory
  aColumn: u32,
  bRow: u32,
  bColumn: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>; // [count, rows, depth]
@group(0) @binding(1) var<storage, read> b: array<f32>; // [count, depth, columns]
@group(0) @binding(2) var<storage, read_write> z: array<f32>; // [count, rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  let rowBlocks = (params.rows + 3u) / 4u;
  let columnBlocks = (params.columns + 3u) / 4u;
  if (i >= params.count * rowBlocks * columnBlocks) {
    return;
  }
  let column = 4u * (i % columnBlocks);
  let row = 4u * (i / columnBlocks % rowBlocks);
  let matrix = i / columnBlocks / rowBlocks;
  let rows = min(vec4u(row, row + 1u, row + 2u, row + 3u), vec4u(params.rows - 1u));
  let columns = min(vec4u(column, column + 1u, column + 2u, column + 3u), vec4u(params.columns - 1u));
  var aPlaces = matrix * params.rows * params.depth + rows * params.aRow;
  var bPlaces = matrix * params.depth * params.columns + columns * params.bColumn;
  var sums: array<vec4f, 4>;
  for (var d = 0u; d < params.depth; d++) {
    let right = vec4f(b[bPlaces.x], b[bPlaces.y], b[bPlaces.z], b[bPlaces.w]);
    for (var r = 0u; r < 4u; r++) { // @unroll
      sums[r] = fma(vec4f(a[aPlaces[r]]), right, sums[r]);
    }
    aPlaces += params.aColumn;
    bPlaces += params.bRow;
  }
  for (var r = 0u; r < 4u; r++) { // @unroll
    for (var c = 0u; c < 4u; c++) { // @unroll
      if (row + r < params.rows && column + c < params.columns) {
        z[(matrix * params.rows + row + r) * params.columns + column + c] = sums[r][c];
      }
    }
  }
}
