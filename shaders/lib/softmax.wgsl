// y[r, j] = f(x[r, j] − ln Σ_i exp(x[r, i])), a workgroup a row
//
// The includer defines fn f(logarithm: f32) -> f32.
// #include "lib/softmax-row.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [rows, columns]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let row = rowOf(thread);
  let sums = rowSums(thread.local, row);
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    y[row.start + j] = f(x[row.start + j] - sums.largest - sums.logSum);
  }
}
