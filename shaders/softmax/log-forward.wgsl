// y[r, j] = x[r, j] − ln Σ_i exp(x[r, i]), a workgroup a row
// #include "lib/thread.wgsl"
// #include "lib/reduce.wgsl"
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
  let row = groupIndex(thread);
  let start = row * params.columns;
  let columns = select(0u, params.columns, row < params.rows);
  let sums = rowSums(thread.local, start, columns);
  for (var j = thread.local; j < columns; j += WORKGROUP) {
    y[start + j] = x[start + j] - sums.largest - sums.logSum;
  }
}
