// dx[n, positions[p], c] = dy[n, p, c]; the caller has set the other pixels to 0
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32, // of an image of dx
  count: u32, // of positions
  channels: u32, // in Vec
  size: u32, // of dy, in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, count, channels]
@group(0) @binding(1) var<storage, read> positions: array<f32>; // [count], whole numbers below `pixels`, all different
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>; // [n, pixels, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let row = i / params.channels;
  let place = row / params.count * params.pixels + u32(positions[row % params.count]);
  dx[place * params.channels + channel] = dy[i];
}
