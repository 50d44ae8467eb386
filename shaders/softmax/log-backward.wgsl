// dx = dy − exp(y) · Σ_j dy[r, j], a workgroup a row
// #include "lib/thread.wgsl"
// #include "lib/reduce.wgsl"

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
  let row = groupIndex(thread);
  let start = row * params.columns;
  let columns = select(0u, params.columns, row < params.rows);
  var sum = 0.0;
  for (var j = thread.local; j < columns; j += WORKGROUP) {
    sum += dy[start + j];
  }
  let total = workgroupSum(thread.local, sum);
  for (var j = thread.local; j < columns; j += WORKGROUP) {
    dx[start + j] = dy[start + j] - exp(y[start + j]) * total;
  }
}
