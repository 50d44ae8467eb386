// dx[n, h, w, c] = Σ dy[n, i, j, c] / kernel² over the windows that (h, w) is in
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/pool2d.wgsl"

const WORKGROUP: u32 = 64u; // @tune

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let pixel = pixelAt(i);
  var sum = Vec(0.0);
  for (var h = pixel.firstLine; h <= pixel.lastLine; h++) {
    for (var w = pixel.firstColumn; w <= pixel.lastColumn; w++) {
      sum += dy[((pixel.image + h) * params.outWidth + w) * params.channels + pixel.channel];
    }
  }
  dx[i] = sum / f32(params.kernel * params.kernel);
}
