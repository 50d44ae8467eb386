// dx = s · dy − s² / ‖x‖ · (x · dy) · x with s = 1 / (‖x‖ + epsilon), a workgroup a row; the second term is 0 for x = 0
// #include "lib/thread.wgsl"
// #include "lib/reduce.wgsl"

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
  let row = groupIndex(thread);
  let start = row * params.columns;
  let columns = select(0u, params.columns, row < params.rows);
  var squares = 0.0;
  var products = 0.0;
  for (var j = thread.local; j < columns; j += WORKGROUP) {
    squares += x[start + j] * x[start + j];
    products += x[start + j] * dy[start + j];
  }
  let norm = sqrt(workgroupSum(thread.local, squares));
  // The first sum has been read by all before the second overwrites it.
  workgroupBarrier();
  let product = workgroupSum(thread.local, products);
  let scale = 1.0 / (norm + params.epsilon);
  let along = select(0.0, scale * scale * product / norm, norm > 0.0);
  for (var j = thread.local; j < columns; j += WORKGROUP) {
    dx[start + j] = scale * dy[start + j] - along * x[start + j];
  }
}
