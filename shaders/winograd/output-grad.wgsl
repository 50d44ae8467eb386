// dm[k, tile, o] = (A dy Aᵀ)[k]: the adjoint of output.wgsl, 6×6 elements from the 4×4 outputs of a tile
//
// Past the edges dy is zero, and so are the tiles past the last image, which fill them up to a multiple of 4.
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
  size: u32, // of one k of dm
  order: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> dm: array<f32>; // [36, tiles, channels]
@group(0) @binding(2) var<uniform> params: Params;

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
  let image = min(tileRow / params.tileRows, params.images - 1u) * params.height;
  let height = select(0u, params.height, tileRow < params.images * params.tileRows);
  var half: array<array<f32, 4>, 6>;
  for (var row = 0u; row < params.order - 2u; row++) { // @unroll OUTPUTS
    let factors = rowOfAt(row);
    let start = (image + min(firstRow + row, params.height - 1u)) * params.width;
    for (var column = 0u; column < 4u; column++) { // @unroll
      let source = (start + min(firstColumn + column, params.width - 1u)) * params.channels + channel;
      let inside = firstRow + row < height && firstColumn + column < params.width;
      let value = select(0.0, dy[source], inside);
      for (var k = 0u; k < 6u; k++) { // @unroll
        half[k][column] += factors[k] * value;
      }
    }
  }
  for (var column = 0u; column < params.order; column++) { // @unroll ORDER
    let factors = columnOfAt(column);
    for (var row = 0u; row < 6u; row++) { // @unroll
      var sum = 0.0;
      for (var k = 0u; k < 4u; k++) { // @unroll
        sum += factors[k] * half[row][k];
      }
      dm[(row * 6u + column) * params.size + i] = sum;
    }
  }
}
