// y[n, p, c] = keep · x[n, p, c] + gray · mean_c x[n, p, ·] + flat · mean x[n, ·, ·] + offset, the factors one's image's.
// The linear part is its own adjoint.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32, // of one image
  channels: u32,
  hasOffset: u32, // 0: the linear part alone
  size: u32, // n · pixels
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> sums: array<f32>; // [n, channels]: Σ over the pixels
@group(0) @binding(2) var<storage, read> factors: array<vec4f>; // [n]: keep, gray, flat, offset
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [n, pixels, channels]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let image = i / params.pixels;
  let factor = factors[image];
  let start = i * params.channels;
  var gray = 0.0;
  var all = 0.0;
  for (var channel = 0u; channel < params.channels; channel++) {
    gray += x[start + channel];
    all += sums[image * params.channels + channel];
  }
  let count = f32(params.channels);
  let offset = select(0.0, factor.w, params.hasOffset != 0u);
  let shared = factor.y * (gray / count) + factor.z * (all / (count * f32(params.pixels))) + offset;
  for (var channel = 0u; channel < params.channels; channel++) {
    y[start + channel] = factor.x * x[start + channel] + shared;
  }
}
