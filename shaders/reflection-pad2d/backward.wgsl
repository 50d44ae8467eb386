// dx[n, h, w, c] = Σ dy over every padded position that shows x[n, h, w, c]
//
// A gather, so no atomics: an axis shows i at top + i, and again at top − i and at top + 2 · (extent − 1) − i if those places
// lie in the padding.
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
  adds: u32, // 1: adds to dx; 0: overwrites dx
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, outHeight, outWidth, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

// The padded positions of an axis that show i: most have one, and the loops below end with it.
struct Places {
  first: i32,
  second: i32,
  third: i32,
  count: u32,
}

fn placesOf(i: i32, extent: i32, before: i32, padded: i32) -> Places {
  let last = extent - 1;
  let low = before - i;
  let high = before + 2 * last - i;
  let hasLow = i > 0 && low >= 0;
  let hasHigh = i < last && high < padded;
  return Places(before + i, select(high, low, hasLow), high, 1u + u32(hasLow) + u32(hasHigh));
}

fn placeAt(places: Places, k: u32) -> i32 {
  return select(select(places.third, places.second, k == 1u), places.first, k == 0u);
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
  let rows = placesOf(i32(line % params.height), i32(params.height), i32(params.top), outHeight);
  let columns = placesOf(i32(pixel % params.width), i32(params.width), i32(params.left), outWidth);
  let image = i32(line / params.height) * outHeight;
  var sum = Vec(0.0);
  for (var a = 0u; a < rows.count; a++) {
    let start = (image + placeAt(rows, a)) * outWidth;
    for (var b = 0u; b < columns.count; b++) {
      sum += dy[u32(start + placeAt(columns, b)) * params.channels + channel];
    }
  }
  if (params.adds != 0u) {
    sum += dx[i];
  }
  dx[i] = sum;
}
