// y[n, i, j, c] = Σ x[n, h, w, c] / kernel² over the window of (i, j), whose pixels outside the image count as 0
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/pool2d.wgsl"

const WORKGROUP: u32 = 64u; // @tune

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let window = windowAt(i);
  var sum = Vec(0.0);
  for (var h = window.top; h < window.bottom; h++) {
    for (var w = window.left; w < window.right; w++) {
      sum += x[((window.image + h) * params.width + w) * params.channels + window.channel];
    }
  }
  y[i] = sum / f32(params.kernel * params.kernel);
}
