// y[n, i, j, c] = x[n, ⌊i / 2⌋, ⌊j / 2⌋, c]
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
  let column = i / params.channels % (2u * params.width) / 2u;
  // Heights double as well, so rows of all images can be halved in one.
  let row = i / params.channels / (2u * params.width) / 2u;
  y[i] = x[(row * params.width + column) * params.channels + channel];
}
