// y[n, i, j, c] = max x[n, h, w, c] over the window of (i, j), and places[n, i, j, c] = h · width + w of the first such pixel
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/pool2d.wgsl"

const WORKGROUP: u32 = 64u; // @tune

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
  let window = windowAt(i);
  var largest = Vec(-3.4028234e38);
  var place = Vec(-1.0);
  for (var h = window.top; h < window.bottom; h++) {
    for (var w = window.left; w < window.right; w++) {
      let value = x[((window.image + h) * params.width + w) * params.channels + window.channel];
      let isLarger = (value > largest) | (place < Vec(0.0));
      place = select(place, Vec(f32(h * params.width + w)), isLarger);
      largest = select(largest, value, isLarger);
    }
  }
  y[i] = largest;
  places[i] = place;
}
