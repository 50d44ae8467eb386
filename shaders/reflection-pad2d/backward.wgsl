// dx[n, h, w, c] = Σ dy over every padded position that shows x[n, h, w, c]
//
// A gather, so no atomics: an axis shows i at top + i, and again at top − i and at top + 2 · (extent − 1) − i where those
// lie in the padding on the other side of an edge.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in Vec
  outHeight: u32,
  outWidth: u32,
  size: u32, // of dx, in Vec
  top: u32,
  left: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

// The padded positions that show i; −1 where there is no second or third.
fn images(i: i32, extent: i32, before: i32, padded: i32) -> array<i32, 3> {
  let last = extent - 1;
  let low = select(-1, before - i, i > 0);
  let high = select(-1, before + 2 * last - i, i < last);
  return array<i32, 3>(before + i, low, select(-1, high, high < padded));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let line = pixel / params.width;
  let outHeight = i32(params.outHeight);
  let outWidth = i32(params.outWidth);
  let rows = images(i32(line % params.height), i32(params.height), i32(params.top), outHeight);
  let columns = images(i32(pixel % params.width), i32(params.width), i32(params.left), outWidth);
  let image = i32(line / params.height);
  var sum = Vec(0.0);
  for (var a = 0u; a < 3u; a++) {
    for (var b = 0u; b < 3u; b++) {
      if (rows[a] >= 0 && columns[b] >= 0) {
        sum += dy[u32((image * outHeight + rows[a]) * outWidth + columns[b]) * params.channels + channel];
      }
    }
  }
  dx[i] = sum;
}
