// dx[n, h, w, c] = Σ_{a, b in {0, 1}} dy[n, 2h + a, 2w + b, c]
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
  let pixel = i / params.channels;
  let column = pixel % params.width;
  let line = pixel / params.width;
  let stride = 2u * params.width * params.channels;
  let start = 2u * line * stride + 2u * column * params.channels + channel;
  dx[i] = dy[start] + dy[start + params.channels] + dy[start + stride] + dy[start + stride + params.channels];
}
