// dx[n, h, w, c] = Σ dy[n, i, j, c] / kernel² over the windows that (h, w) is in
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
  size: u32, // of dx, in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

// The first window along an axis that reaches `place`.
fn firstWindow(place: u32) -> u32 {
  let end = place + params.padding + 1u;
  return (max(end, params.kernel) - params.kernel + params.stride - 1u) / params.stride;
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let column = pixel % params.width;
  let line = pixel / params.width % params.height;
  let image = pixel / params.width / params.height * params.outHeight;
  // The windows that this pixel is in.
  let firstLine = firstWindow(line);
  let firstColumn = firstWindow(column);
  let lastLine = min((line + params.padding) / params.stride, params.outHeight - 1u);
  let lastColumn = min((column + params.padding) / params.stride, params.outWidth - 1u);
  var sum = Vec(0.0);
  for (var h = firstLine; h <= lastLine; h++) {
    for (var w = firstColumn; w <= lastColumn; w++) {
      sum += dy[((image + h) * params.outWidth + w) * params.channels + channel];
    }
  }
  dx[i] = sum / f32(params.kernel * params.kernel);
}
