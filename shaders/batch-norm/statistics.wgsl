// statistics = mean, 1 / sqrt(variance + epsilon): fixed moments in the form that the kernels of norm/ read
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  channels: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> mean: array<f32>; // [channels]
@group(0) @binding(1) var<storage, read> variance: array<f32>; // [channels]
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>; // [2, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.channels) {
    return;
  }
  statistics[i] = mean[i];
  statistics[params.channels + i] = 1.0 / sqrt(variance[i] + params.epsilon);
}
