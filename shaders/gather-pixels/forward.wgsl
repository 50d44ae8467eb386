// y[n, p, c] = x[n, positions[p], c]
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32, // of an image of x
  count: u32, // of positions
  channels: u32, // in Vec
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> positions: array<f32>; // [count], whole numbers below `pixels`
@group(0) @binding(2) var<storage, read_write> y: array<Vec>; // [n, count, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let row = i / params.channels;
  let source = row / params.count * params.pixels + u32(positions[row % params.count]);
  y[i] = x[source * params.channels + channel];
}
