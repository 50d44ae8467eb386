// dx[r, j] = g(y[r, j], dy[r, j], Σ_i term(y[r, i], dy[r, i])), a workgroup a row
//
// The includer defines fn term(y: f32, dy: f32) -> f32 and fn g(y: f32, dy: f32, total: f32) -> f32.
// #include "lib/row.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> y: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let row = rowOf(thread);
  var sum = 0.0;
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    sum += term(y[row.start + j], dy[row.start + j]);
  }
  let total = workgroupSum(thread.local, sum);
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    dx[row.start + j] = g(y[row.start + j], dy[row.start + j], total);
  }
}
