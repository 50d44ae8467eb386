// y[n, h, w, c] = x[n, h / 2, w / 2, c]
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  width: u32, // of x
  channels: u32, // in Vec
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [n, 2 · height, 2 · width, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let column = pixel % (2u * params.width);
  let line = pixel / (2u * params.width);
  // Lines of all images follow each other, and each image has an even number of them in y.
  y[i] = x[(line / 2u * params.width + column / 2u) * params.channels + channel];
}
