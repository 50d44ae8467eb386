// The running statistics of a batch norm after one more batch:
//
// mean ← (1 − momentum) · mean + momentum · μ,  variance ← (1 − momentum) · variance + momentum · σ² · pixels / (pixels − 1),
// batches ← batches + 1, with the mean μ and biased variance σ² = 1 / rstd² − epsilon of the batch.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  channels: u32,
  pixels: f32, // of the batch
  momentum: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> statistics: array<f32>; // [2, channels]: μ, rstd
@group(0) @binding(1) var<storage, read_write> mean: array<f32>; // [channels]
@group(0) @binding(2) var<storage, read_write> variance: array<f32>; // [channels]
@group(0) @binding(3) var<storage, read_write> batches: array<f32>; // [1]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.channels) {
    return;
  }
  let rstd = statistics[params.channels + i];
  // Rounding may leave a constant channel slightly below 0.
  let biased = max(0.0, 1.0 / (rstd * rstd) - params.epsilon);
  let unbiased = biased * params.pixels / (params.pixels - 1.0);
  mean[i] = (1.0 - params.momentum) * mean[i] + params.momentum * statistics[i];
  variance[i] = (1.0 - params.momentum) * variance[i] + params.momentum * unbiased;
  if (i == 0u) {
    batches[0] += 1.0;
  }
}
