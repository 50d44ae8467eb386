// y[r, :] = x[r, :] / (‖x[r, :]‖₂ + epsilon), a workgroup a row
// #include "lib/row.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [rows, columns]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let row = rowOf(thread);
  var squares = 0.0;
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    squares += x[row.start + j] * x[row.start + j];
  }
  let scale = 1.0 / (sqrt(workgroupSum(thread.local, squares)) + params.epsilon);
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    y[row.start + j] = scale * x[row.start + j];
  }
}
