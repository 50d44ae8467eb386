// dx[n, i, j, c] = Σ over the four pixels of dy that show x[n, i, j, c]
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  width: u32, // of dx
  channels: u32, // in Vec
  size: u32, // of dx, in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, 2 · height, 2 · width, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let column = i / params.channels % params.width;
  let row = i / params.channels / params.width;
  let above = (4u * row * params.width + 2u * column) * params.channels + channel;
  let below = above + 2u * params.width * params.channels;
  dx[i] = (dy[above] + dy[above + params.channels]) + (dy[below] + dy[below + params.channels]);
}
