// dx[n, h, w, c] = dy[n, h + down, w + right, c], 0 if there is none, and 0 where that was cut out: the transpose of place.
// #include "lib/thread.wgsl"
// #include "lib/augment-place.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  size: u32, // of dx
}

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read> draws: array<f32>; // [n, 6]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [n, height, width, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let line = pixel / params.width;
  let image = line / params.height;
  let draw = placeDraw(image);
  let to = vec2i(i32(line % params.height), i32(pixel % params.width)) + draw.shift;
  if (isCut(draw, to) || !isInside(to)) {
    dx[i] = 0.0;
    return;
  }
  dx[i] = dy[pixelAt(image, to) * params.channels + channel];
}
