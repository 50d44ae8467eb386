// y[n, i, j, c] = Σ of the four pixels of x between which i, j lies, by their shares; see lib/bilinear.wgsl
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/bilinear.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of x
  width: u32, // of x
  outHeight: u32,
  outWidth: u32,
  channels: u32, // in Vec
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let column = betweenOf(pixel % params.outWidth, params.width, params.outWidth);
  let line = betweenOf(pixel / params.outWidth % params.outHeight, params.height, params.outHeight);
  let image = pixel / params.outWidth / params.outHeight * params.height;
  let top = (image + line.low) * params.width;
  let bottom = (image + line.high) * params.width;
  let above = mix(x[(top + column.low) * params.channels + channel], x[(top + column.high) * params.channels + channel], Vec(column.share));
  let below = mix(x[(bottom + column.low) * params.channels + channel], x[(bottom + column.high) * params.channels + channel], Vec(column.share));
  y[i] = mix(above, below, Vec(line.share));
}
