// dw[kh, kw, c, o] = (Gᵀ du G)[kh, kw]: the adjoint of weight.wgsl
// #include "lib/thread.wgsl"
// #include "lib/winograd.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const ORDER: u32 = 0u; // @tune 6: unrolls the loops over a transform; 0: keeps them
const TAPS: u32 = ORDER / 2u;

struct Params {
  size: u32, // c · o
  order: u32,
  adds: u32, // 1: adds to dw; 0: overwrites dw
}

@group(0) @binding(0) var<storage, read> du: array<f32>; // [36, size]
@group(0) @binding(1) var<storage, read_write> dw: array<f32>; // [3, 3, size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  var half: array<array<f32, 6>, 3>;
  for (var row = 0u; row < params.order; row++) { // @unroll ORDER
    let factors = rowOfG(row);
    for (var column = 0u; column < 6u; column++) { // @unroll
      let value = du[(row * 6u + column) * params.size + i];
      for (var k = 0u; k < 3u; k++) { // @unroll
        half[k][column] += factors[k] * value;
      }
    }
  }
  for (var column = 0u; column < params.order / 2u; column++) { // @unroll TAPS
    let factors = columnOfG(column);
    for (var row = 0u; row < 3u; row++) { // @unroll
      var sum = 0.0;
      for (var k = 0u; k < 6u; k++) { // @unroll
        sum += factors[k] * half[row][k];
      }
      let place = (row * 3u + column) * params.size + i;
      if (params.adds != 0u) {
        sum += dw[place];
      }
      dw[place] = sum;
    }
  }
}
