// dx[n, h, w, c] = Σ_{i, j} k(i, h) · k(j, w) · dy[n, i, j, c], where k(i, h) is the share of line h in line i of y
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/bilinear.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of dx
  width: u32, // of dx
  outHeight: u32,
  outWidth: u32,
  channels: u32, // in Vec
  size: u32, // of dx, in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

fn shareOf(place: u32, at: u32, extent: u32, outExtent: u32) -> f32 {
  let between = betweenOf(at, extent, outExtent);
  return select(0.0, 1.0 - between.share, between.low == place) + select(0.0, between.share, between.high == place);
}

// The first place of y whose position is above that of the place before this one.
fn firstOf(place: u32, extent: u32, outExtent: u32) -> u32 {
  return select((2u * place - 1u) * outExtent / (2u * extent), 0u, place == 0u);
}

// One past the last place whose position is below that of the place after this one.
fn endOf(place: u32, extent: u32, outExtent: u32) -> u32 {
  return select(min((2u * place + 3u) * outExtent / (2u * extent) + 1u, outExtent), outExtent, place == extent - 1u);
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
  let lineEnd = endOf(line, params.height, params.outHeight);
  let columnStart = firstOf(column, params.width, params.outWidth);
  let columnEnd = endOf(column, params.width, params.outWidth);
  var sum = Vec(0.0);
  for (var h = firstOf(line, params.height, params.outHeight); h < lineEnd; h++) {
    var across = Vec(0.0);
    for (var w = columnStart; w < columnEnd; w++) {
      across += shareOf(column, w, params.width, params.outWidth) * dy[((image + h) * params.outWidth + w) * params.channels + channel];
    }
    sum += shareOf(line, h, params.height, params.outHeight) * across;
  }
  dx[i] = sum;
}
