// u[k, c, o] = (G w Gᵀ)[k]: 3×3 weights transformed; `transposed`: as u[k, o, c]
// #include "lib/thread.wgsl"
// #include "lib/winograd.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const ORDER: u32 = 0u; // @tune 6: unrolls the loops over a transform; 0: keeps them
const TAPS: u32 = ORDER / 2u;

struct Params {
  channels: u32,
  outChannels: u32,
  transposed: u32,
  size: u32, // channels · outChannels, in vec4
  order: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>; // [3, 3, channels, outChannels]
@group(0) @binding(1) var<storage, read_write> u: array<vec4f>; // [36, channels, outChannels] or [36, outChannels, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  // Four weights whose transforms lie side by side.
  let first = 4u * i;
  let across = params.transposed != 0u;
  let source = select(first, first % params.channels * params.outChannels + first / params.channels, across);
  let apart = select(1u, params.outChannels, across);
  var half: array<array<vec4f, 3>, 6>;
  for (var row = 0u; row < params.order / 2u; row++) { // @unroll TAPS
    let factors = columnOfG(row);
    for (var column = 0u; column < 3u; column++) { // @unroll
      let at = 4u * (row * 3u + column) * params.size + source;
      let value = vec4f(w[at], w[at + apart], w[at + 2u * apart], w[at + 3u * apart]);
      for (var k = 0u; k < 6u; k++) { // @unroll
        half[k][column] += factors[k] * value;
      }
    }
  }
  for (var column = 0u; column < params.order; column++) { // @unroll ORDER
    let factors = rowOfG(column);
    for (var row = 0u; row < 6u; row++) { // @unroll
      var sum = vec4f();
      for (var k = 0u; k < 3u; k++) { // @unroll
        sum += factors[k] * half[row][k];
      }
      u[(row * 6u + column) * params.size + i] = sum;
    }
  }
}
