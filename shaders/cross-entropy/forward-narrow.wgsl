// losses[r] = ln Σ_j exp(x[r, j]) − x[r, labels[r]], or 0 for a label below 0; logSums[r] = ln Σ_j exp(x[r, j]); an invocation a row
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read> labels: array<f32>; // [rows], whole numbers below `columns`; -1: ignored
@group(0) @binding(2) var<storage, read_write> losses: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read_write> logSums: array<f32>; // [rows]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let row = threadIndex(thread);
  if (row >= params.rows) {
    return;
  }
  let start = row * params.columns;
  var largest = x[start];
  for (var j = 1u; j < params.columns; j++) {
    largest = max(largest, x[start + j]);
  }
  var sum = 0.0;
  for (var j = 0u; j < params.columns; j++) {
    sum += exp(x[start + j] - largest);
  }
  let label = labels[row];
  let logSum = largest + log(sum);
  logSums[row] = logSum;
  losses[row] = select(0.0, logSum - x[start + u32(max(label, 0.0))], label >= 0.0);
}
