// z[i, r, c] = Σ_d a[i, r, d] · b[i, d, c], of matrices that may be stored transposed, whose last axes are multiples of 4
//
// An invocation computes 8 rows × 1 vec4 of columns, with 12 loads for 128 multiply-adds. It turns an operand that is stored
// transposed in registers, 4 × 4 numbers at a time. Past an end, it loads the last place inside.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const A_TRANSPOSED: u32 = 0u; // @tune 1: a is [count, depth, rows]
const B_TRANSPOSED: u32 = 0u; // @tune 1: b is [count, columns, depth]

struct Params {
  count: u32, // of products
  rows: u32,
  depth: u32, // a multiple of 4 unless a is transposed and b is not
  columns: u32, // in vec4
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [count, rows, depth]
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [count, depth, columns]
@group(0) @binding(2) var<storage, read_write> z: array<vec4f>; // [count, rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  let rowBlocks = (params.rows + 7u) / 8u;
  if (i >= params.count * rowBlocks * params.columns) {
    return;
  }
  let column = i % params.columns;
  let row = 8u * (i / params.columns % rowBlocks);
  let matrix = i / params.columns / rowBlocks;
  let steps = (params.depth + 3u) / 4u;
  let lastRow = params.rows - 1u;
  let lastDepth = params.depth - 1u;
  var sums: array<vec4f, 8>;
  for (var d = 0u; d < steps; d++) {
    var left: array<vec4f, 8>; // of each row, four places of the depth
    if (A_TRANSPOSED != 0u) {
      for (var half = 0u; half < 2u; half++) { // @unroll
        let at = matrix * params.depth * (params.rows / 4u) + min(row / 4u + half, params.rows / 4u - 1u);
        var four: mat4x4f;
        for (var e = 0u; e < 4u; e++) { // @unroll
          let loaded = a[at + min(4u * d + e, lastDepth) * (params.rows / 4u)];
          four[e] = select(vec4f(), loaded, 4u * d + e <= lastDepth);
        }
        let turned = transpose(four);
        for (var e = 0u; e < 4u; e++) { // @unroll
          left[4u * half + e] = turned[e];
        }
      }
    } else {
      for (var r = 0u; r < 8u; r++) { // @unroll
        left[r] = a[(matrix * params.rows + min(row + r, lastRow)) * steps + d];
      }
    }
    var right: mat4x4f; // of each of four places of the depth, four columns
    for (var e = 0u; e < 4u; e++) { // @unroll
      if (B_TRANSPOSED != 0u) {
        right[e] = b[(4u * (matrix * params.columns + column) + e) * steps + d];
      } else {
        right[e] = b[(matrix * params.depth + min(4u * d + e, lastDepth)) * params.columns + column];
      }
    }
    if (B_TRANSPOSED != 0u) {
      right = transpose(right);
    }
    for (var r = 0u; r < 8u; r++) { // @unroll
      let v = left[r];
      sums[r] = fma(v.wwww, right[3], fma(v.zzzz, right[2], fma(v.yyyy, right[1], fma(v.xxxx, right[0], sums[r]))));
    }
  }
  for (var r = 0u; r < 8u; r++) { // @unroll
    if (row + r < params.rows) {
      z[(matrix * params.rows + row + r) * params.columns + column] = sums[r];
    }
  }
}
