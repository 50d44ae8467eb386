// dx[n, h, w, c] = Σ dy[n, i, j, c] over the windows whose largest pixel is (h, w)
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/pool2d.wgsl"

const WORKGROUP: u32 = 64u; // @tune

@group(0) @binding(0) var<storage, read> places: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(1) var<storage, read> dy: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(3) var<uniform> params: Params;

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
      let source = ((pixel.image + h) * params.outWidth + w) * params.channels + pixel.channel;
      sum += select(Vec(0.0), dy[source], places[source] == Vec(f32(pixel.place)));
    }
  }
  dx[i] = sum;
}
