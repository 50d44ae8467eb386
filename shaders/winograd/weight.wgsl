// u[k, c, o] = (G w Gᵀ)[k]: 3×3 weights transformed; `transposed`: as u[k, o, c]
// #include "lib/thread.wgsl"
// #include "lib/winograd.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  channels: u32,
  outChannels: u32,
  transposed: u32,
  size: u32, // channels · outChannels
  order: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>; // [3, 3, channels, outChannels]
@group(0) @binding(1) var<storage, read_write> u: array<f32>; // [36, channels, outChannels] or [36, outChannels, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let across = i % params.channels * params.outChannels + i / params.channels;
  let source = select(i, across, params.transposed != 0u);
  var half: array<array<f32, 3>, 6>;
  for (var row = 0u; row < params.order / 2u; row++) {
    let factors = columnOfG(row);
    for (var column = 0u; column < 3u; column++) {
      let value = w[(row * 3u + column) * params.size + source];
      for (var k = 0u; k < 6u; k++) {
        half[k][column] += factors[k] * value;
      }
    }
  }
  for (var column = 0u; column < params.order; column++) {
    let factors = rowOfG(column);
    for (var row = 0u; row < 6u; row++) {
      var sum = 0.0;
      for (var k = 0u; k < 3u; k++) {
        sum += factors[k] * half[row][k];
      }
      u[(row * 6u + column) * params.size + i] = sum;
    }
  }
}
