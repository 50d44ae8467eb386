// dx = s · dy − s² / ‖x‖ · (x · dy) · x with s = 1 / (‖x‖ + epsilon), a workgroup a row; the second term is 0 for x = 0
// #include "lib/row.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let row = rowOf(thread);
  var squares = 0.0;
  var products = 0.0;
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    squares += x[row.start + j] * x[row.start + j];
    products += x[row.start + j] * dy[row.start + j];
  }
  let norm = sqrt(workgroupSum(thread.local, squares));
  // The first sum has been read by all before the second overwrites it.
  workgroupBarrier();
  let product = workgroupSum(thread.local, products);
  let scale = 1.0 / (norm + params.epsilon);
  let along = select(0.0, scale * scale * product / norm, norm > 0.0);
  for (var j = thread.local; j < row.columns; j += WORKGROUP) {
    dx[row.start + j] = scale * dy[row.start + j] - along * x[row.start + j];
  }
}
