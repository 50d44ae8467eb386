// y[n, h, w, c] = x[n, r(h − top), r(w − left), c], r reflecting without repeating the edge
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in Vec
  outHeight: u32,
  outWidth: u32,
  size: u32, // of y, in Vec
  top: u32,
  left: u32,
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
  let line = pixel / params.outWidth;
  let row = reflectIndex(i32(line % params.outHeight) - i32(params.top), i32(params.height));
  let column = reflectIndex(i32(pixel % params.outWidth) - i32(params.left), i32(params.width));
  let image = i32(line / params.outHeight);
  y[i] = x[u32((image * i32(params.height) + row) * i32(params.width) + column) * params.channels + channel];
}
