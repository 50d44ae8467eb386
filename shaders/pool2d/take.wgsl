// y[n, i, j, c] = x[n, h, w, c] where places[n, i, j, c] = h · width + w: the gradient of max unpooling
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // of y
  channels: u32,
  pixels: u32, // of an image of x
  outPixels: u32, // of an image of y
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> places: array<f32>; // [n, outPixels, channels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [n, outPixels, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let image = i / params.channels / params.outPixels;
  y[i] = x[(image * params.pixels + u32(places[i])) * params.channels + i % params.channels];
}
