// y[n, h, w, c] = x[n, h − down, w − right, c], 0 if there is none, and 0 in the rectangle that is cut out.
// #include "lib/thread.wgsl"
// #include "lib/augment-place.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  size: u32, // of y
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read> draws: array<f32>; // [n, 6]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [n, height, width, channels]
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
  let to = vec2i(i32(line % params.height), i32(pixel % params.width));
  let source = to - draw.shift;
  if (isCut(draw, to) || !isInside(source)) {
    y[i] = 0.0;
    return;
  }
  y[i] = x[pixelAt(image, source) * params.channels + channel];
}
