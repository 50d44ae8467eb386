// y[i] = Σ_j matrix[i · rowStride + j · columnStride] · x[j], a workgroup a row
// #include "lib/thread.wgsl"
// #include "lib/reduce.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  columns: u32,
  rowStride: u32,
  columnStride: u32,
}

@group(0) @binding(0) var<storage, read> matrix: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [rows]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let row = groupIndex(thread);
  var sum = 0.0;
  if (row < params.rows) {
    for (var column = thread.local; column < params.columns; column += WORKGROUP) {
      sum += matrix[row * params.rowStride + column * params.columnStride] * x[column];
    }
  }
  let total = workgroupSum(thread.local, sum);
  if (row < params.rows && thread.local == 0u) {
    y[row] = total;
  }
}
