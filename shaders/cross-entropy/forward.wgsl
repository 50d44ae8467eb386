// losses[r] = ln Σ_j exp(x[r, j]) − x[r, labels[r]], or 0 for a label below 0; logSums[r] = ln Σ_j exp(x[r, j]); a workgroup a row
// #include "lib/softmax-row.wgsl"

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
  let row = rowOf(thread);
  let sums = rowSums(thread.local, row);
  if (thread.local == 0u && row.columns > 0u) {
    let label = labels[row.index];
    let logSum = sums.largest + sums.logSum;
    logSums[row.index] = logSum;
    losses[row.index] = select(0.0, logSum - x[row.start + u32(max(label, 0.0))], label >= 0.0);
  }
}
