// sums[n, r, 0, c] = Σ g,  sums[n, r, 1, c] = Σ g · z over range r of the pixels,
// with z = (x − mean) · rstd and g = dy · a′(weight · z + bias)
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32,
  pixelsPerRange: u32,
  ranges: u32,
  channels: u32, // in Vec
  size: u32, // n · ranges · channels
  slope: f32,
  affine: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> dy: array<Vec>; // [n, pixels, channels]
@group(0) @binding(2) var<storage, read> mean: array<Vec>; // [n, channels]
@group(0) @binding(3) var<storage, read> rstd: array<Vec>; // [n, channels]
@group(0) @binding(4) var<storage, read> weight: array<Vec>; // [channels]
@group(0) @binding(5) var<storage, read> bias: array<Vec>; // [channels]
@group(0) @binding(6) var<storage, read_write> sums: array<Vec>; // [n, ranges, 2, channels]
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let range = i / params.channels % params.ranges;
  let image = i / params.channels / params.ranges;
  let start = range * params.pixelsPerRange;
  let end = min(start + params.pixelsPerRange, params.pixels);
  let base = image * params.pixels * params.channels + channel;
  let center = mean[image * params.channels + channel];
  let scale = rstd[image * params.channels + channel];
  var gain = Vec(1.0);
  var shift = Vec(0.0);
  if (params.affine != 0u) {
    gain = weight[channel];
    shift = bias[channel];
  }
  var sum = Vec(0.0);
  var product = Vec(0.0);
  for (var pixel = start; pixel < end; pixel++) {
    let at = base + pixel * params.channels;
    let z = (x[at] - center) * scale;
    let g = select(params.slope * dy[at], dy[at], gain * z + shift > Vec(0.0));
    sum += g;
    product += g * z;
  }
  let row = 2u * (image * params.ranges + range);
  sums[row * params.channels + channel] = sum;
  sums[(row + 1u) * params.channels + channel] = product;
}
