// y[n, i, j, c] = max x[n, h, w, c] over the window of (i, j), and places[n, i, j, c] = h · width + w of the first such pixel
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of x
  width: u32, // of x
  channels: u32, // in Vec
  outHeight: u32, // of y
  outWidth: u32, // of y
  kernel: u32,
  stride: u32,
  padding: u32,
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(2) var<storage, read_write> places: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let top = i32(pixel / params.outWidth % params.outHeight * params.stride) - i32(params.padding);
  let left = i32(pixel % params.outWidth * params.stride) - i32(params.padding);
  let image = pixel / params.outWidth / params.outHeight * params.height;
  var largest = Vec(-3.4028234e38);
  var place = Vec(-1.0);
  for (var h = max(top, 0i); h < min(top + i32(params.kernel), i32(params.height)); h++) {
    for (var w = max(left, 0i); w < min(left + i32(params.kernel), i32(params.width)); w++) {
      let value = x[((image + u32(h)) * params.width + u32(w)) * params.channels + channel];
      let isLarger = (value > largest) | (place < Vec(0.0));
      place = select(place, Vec(f32(u32(h) * params.width + u32(w))), isLarger);
      largest = select(largest, value, isLarger);
    }
  }
  y[i] = largest;
  places[i] = place;
}
