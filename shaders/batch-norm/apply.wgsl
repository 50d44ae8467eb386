// y = a(weight · (x − mean) · rstd + bias) with a(u) = u where u > 0, else slope · u
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // of x in Vec
  channels: u32, // in Vec
  slope: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [pixels, channels]
@group(0) @binding(1) var<storage, read> statistics: array<Vec>; // [2, channels]: mean, rstd
@group(0) @binding(2) var<storage, read> weight: array<Vec>; // [channels]
@group(0) @binding(3) var<storage, read> bias: array<Vec>; // [channels]
@group(0) @binding(4) var<storage, read_write> y: array<Vec>; // [pixels, channels]
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let c = i % params.channels;
  let u = weight[c] * ((x[i] - statistics[c]) * statistics[params.channels + c]) + bias[c];
  y[i] = select(params.slope * u, u, u > Vec(0.0));
}
