// dx = weight · rstd · (g − (Σ g + z · Σ g·z) / pixels), with z = (x − mean) · rstd and g = dy · a′(weight · z + bias)
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32,
  channels: u32, // in Vec
  size: u32, // n · pixels · channels
  slope: f32,
  affine: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> dy: array<Vec>; // [n, pixels, channels]
@group(0) @binding(2) var<storage, read> mean: array<Vec>; // [n, channels]
@group(0) @binding(3) var<storage, read> rstd: array<Vec>; // [n, channels]
@group(0) @binding(4) var<storage, read> weight: array<Vec>; // [channels]
@group(0) @binding(5) var<storage, read> bias: array<Vec>; // [channels]
@group(0) @binding(6) var<storage, read> sums: array<Vec>; // [n, 2, channels]
@group(0) @binding(7) var<storage, read_write> dx: array<Vec>; // [n, pixels, channels]
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let image = i / (params.pixels * params.channels);
  let statistic = image * params.channels + channel;
  let z = (x[i] - mean[statistic]) * rstd[statistic];
  var gain = Vec(1.0);
  var shift = Vec(0.0);
  if (params.affine != 0u) {
    gain = weight[channel];
    shift = bias[channel];
  }
  let g = select(params.slope * dy[i], dy[i], gain * z + shift > Vec(0.0));
  let row = 2u * image * params.channels + channel;
  let average = (sums[row] + z * sums[row + params.channels]) / f32(params.pixels);
  dx[i] = gain * rstd[statistic] * (g - average);
}
