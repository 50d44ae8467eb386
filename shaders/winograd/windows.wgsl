// windows[k, tile, c] = (B windows Bᵀ)[k], in place: the adjoint of input.wgsl but for the sum over windows, see gather.wgsl
// #include "lib/thread.wgsl"
// #include "lib/winograd.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const ORDER: u32 = 0u; // @tune 6: unrolls the loops over a transform; 0: keeps them

struct Params {
  size: u32, // of one k
  order: u32,
}

@group(0) @binding(0) var<storage, read_write> windows: array<f32>; // [36, size]
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  var half: array<array<f32, 6>, 6>;
  for (var row = 0u; row < params.order; row++) { // @unroll ORDER
    let factors = rowOfBt(row);
    for (var column = 0u; column < 6u; column++) { // @unroll
      let value = windows[(row * 6u + column) * params.size + i];
      for (var k = 0u; k < 6u; k++) { // @unroll
        half[k][column] += factors[k] * value;
      }
    }
  }
  for (var column = 0u; column < params.order; column++) { // @unroll ORDER
    let factors = columnOfBt(column);
    for (var row = 0u; row < 6u; row++) { // @unroll
      var sum = 0.0;
      for (var k = 0u; k < 6u; k++) { // @unroll
        sum += factors[k] * half[row][k];
      }
      windows[(row * 6u + column) * params.size + i] = sum;
    }
  }
}
