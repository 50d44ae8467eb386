// y[n, 4·tileRow + i, 4·tileColumn + j, o] = bias[o] + (Aᵀ m A)[i, j]: the 4×4 outputs of a tile
//
// Outputs past the edges of y are dropped, and so are the tiles past the last image.
// #include "lib/thread.wgsl"
// #include "lib/winograd.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const ORDER: u32 = 0u; // @tune 6: unrolls the loops over a transform; 0: keeps them
const OUTPUTS: u32 = ORDER * 2u / 3u;

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  tileRows: u32,
  tileColumns: u32,
  images: u32,
  hasBias: u32,
  size: u32, // of one k of m
  order: u32,
}

@group(0) @binding(0) var<storage, read> m: array<f32>; // [36, tiles, channels]
@group(0) @binding(1) var<storage, read> bias: array<f32>; // [channels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [n, height, width, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let tile = i / params.channels;
  let tileRow = tile / params.tileColumns;
  let firstRow = 4u * (tileRow % params.tileRows);
  let firstColumn = 4u * (tile % params.tileColumns);
  let image = tileRow / params.tileRows * params.height;
  let height = select(0u, params.height, tileRow < params.images * params.tileRows);
  var half: array<array<f32, 6>, 4>;
  for (var row = 0u; row < params.order; row++) { // @unroll ORDER
    let factors = columnOfAt(row);
    for (var column = 0u; column < 6u; column++) { // @unroll
      let value = m[(row * 6u + column) * params.size + i];
      for (var k = 0u; k < 4u; k++) { // @unroll
        half[k][column] += factors[k] * value;
      }
    }
  }
  let added = select(0.0, bias[channel], params.hasBias != 0u);
  for (var column = 0u; column < params.order - 2u; column++) { // @unroll OUTPUTS
    let factors = rowOfAt(column);
    for (var row = 0u; row < 4u; row++) { // @unroll
      var sum = added;
      for (var k = 0u; k < 6u; k++) { // @unroll
        sum += factors[k] * half[row][k];
      }
      if (firstRow + row < height && firstColumn + column < params.width) {
        y[((image + firstRow + row) * params.width + firstColumn + column) * params.channels + channel] = sum;
      }
    }
  }
}
