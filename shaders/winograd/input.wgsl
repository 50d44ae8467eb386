// v[k, tile, c] = (Bᵀ d B)[k] for the 6×6 windows d of x, 4 apart, the first one `padding` above and left of the image
//
// k counts the 36 elements row by row. Windows past the last image, which fill the tiles up to a multiple of 4, are zeros.
// `transposed`: as v[k, c, tile].
// #include "lib/thread.wgsl"
// #include "lib/winograd.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const ORDER: u32 = 0u; // @tune 6: unrolls the loops over a transform; 0: keeps them

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  tileRows: u32,
  tileColumns: u32,
  images: u32,
  padding: u32,
  reflect: u32, // 1: what lies outside is reflected; 0: it is zero
  transposed: u32,
  size: u32, // of one k of v
  order: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> v: array<f32>; // [36, tiles, channels] or [36, channels, tiles]
@group(0) @binding(2) var<uniform> params: Params;

// The row or column of the image that place i of a padded axis shows; −1 for zeros. Past the padding the value does not
// matter, because no output that is kept depends on it.
fn sourceOf(i: u32, extent: u32) -> i32 {
  var place = i32(i) - i32(params.padding);
  if (params.reflect != 0u) {
    place = reflectIndex(place, i32(extent));
  }
  return select(-1, place, place >= 0 && place < i32(extent));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  // Four tiles side by side when transposed, so that neighbours write side by side and channels are read side by side.
  let four = i / 4u;
  let across = params.transposed != 0u;
  let channel = select(i, four, across) % params.channels;
  let tile = select(i / params.channels, four / params.channels * 4u + i % 4u, across);
  let tileRow = tile / params.tileColumns;
  let firstRow = 4u * (tileRow % params.tileRows);
  let firstColumn = 4u * (tile % params.tileColumns);
  let image = min(tileRow / params.tileRows, params.images - 1u) * params.height;
  let destination = select(i, channel * (params.size / params.channels) + tile, across);
  var columns: array<i32, 6>;
  for (var column = 0u; column < 6u; column++) { // @unroll
    columns[column] = sourceOf(firstColumn + column, params.width);
  }
  var half: array<array<f32, 6>, 6>;
  for (var row = 0u; row < params.order; row++) { // @unroll ORDER
    let factors = columnOfBt(row);
    let place = sourceOf(firstRow + row, params.height);
    let inside = place >= 0 && tileRow < params.images * params.tileRows;
    let start = (image + u32(max(place, 0))) * params.width;
    for (var column = 0u; column < 6u; column++) { // @unroll
      let source = (start + u32(max(columns[column], 0))) * params.channels + channel;
      let value = select(0.0, x[source], inside && columns[column] >= 0);
      for (var k = 0u; k < 6u; k++) { // @unroll
        half[k][column] += factors[k] * value;
      }
    }
  }
  for (var column = 0u; column < params.order; column++) { // @unroll ORDER
    let factors = rowOfBt(column);
    for (var row = 0u; row < 6u; row++) { // @unroll
      var sum = 0.0;
      for (var k = 0u; k < 6u; k++) { // @unroll
        sum += factors[k] * half[row][k];
      }
      v[(row * 6u + column) * params.size + destination] = sum;
    }
  }
}
