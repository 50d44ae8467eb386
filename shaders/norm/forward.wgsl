// y = a(weight · z + bias), with z = (x − mean) · rstd and a(u) = u where u > 0, else slope · u
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32,
  channels: u32, // in Vec
  size: u32, // n · pixels · channels
  slope: f32, // 1: no activation; 0: ReLU
  affine: u32, // 0: weight is 1 and bias is 0
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> mean: array<Vec>; // [n, channels]
@group(0) @binding(2) var<storage, read> rstd: array<Vec>; // [n, channels]
@group(0) @binding(3) var<storage, read> weight: array<Vec>; // [channels]
@group(0) @binding(4) var<storage, read> bias: array<Vec>; // [channels]
@group(0) @binding(5) var<storage, read_write> y: array<Vec>; // [n, pixels, channels]
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let statistic = i / (params.pixels * params.channels) * params.channels + channel;
  var u = (x[i] - mean[statistic]) * rstd[statistic];
  if (params.affine != 0u) {
    u = weight[channel] * u + bias[channel];
  }
  y[i] = select(params.slope * u, u, u > Vec(0.0));
}
