// dx[r, j] = alpha · dy · (exp(x[r, j] − logSums[r]) − [j = labels[r]]), or 0 for a label below 0
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // rows · columns
  columns: u32,
  alpha: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read> labels: array<f32>; // [rows], whole numbers below `columns`; -1: ignored
@group(0) @binding(2) var<storage, read> logSums: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read> dy: array<f32>; // [1]
@group(0) @binding(4) var<storage, read_write> dx: array<f32>; // [rows, columns]
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let row = i / params.columns;
  let label = labels[row];
  let wanted = select(0.0, 1.0, f32(i % params.columns) == label);
  dx[i] = select(0.0, params.alpha * dy[0] * (exp(x[i] - logSums[row]) - wanted), label >= 0.0);
}
