// y = a((x − mean) · rstd), with a(z) = z where z > 0, else slope · z
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32,
  channels: u32, // in Vec
  size: u32, // n · pixels · channels
  slope: f32, // 1: no activation; 0: ReLU
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> mean: array<Vec>; // [n, channels]
@group(0) @binding(2) var<storage, read> rstd: array<Vec>; // [n, channels]
@group(0) @binding(3) var<storage, read_write> y: array<Vec>; // [n, pixels, channels]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let statistic = i / (params.pixels * params.channels) * params.channels + i % params.channels;
  let z = (x[i] - mean[statistic]) * rstd[statistic];
  y[i] = select(params.slope * z, z, z > Vec(0.0));
}
