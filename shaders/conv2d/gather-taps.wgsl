// y[r, q, o] = bias[o] + Σ_kw z[r, q + step · kw, kw · outChannels + o] over the columns that z has
//
// Adds up a convolution whose taps along a row were computed as channels: see src/ops/conv-taps.ts.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // n · height
  width: u32,
  outChannels: u32,
  tapWidth: u32,
  tapChannels: u32, // at least kernelWidth · outChannels
  kernelWidth: u32,
  step: i32,
  hasBias: u32,
}

@group(0) @binding(0) var<storage, read> z: array<f32>; // [rows, tapWidth, tapChannels]
@group(0) @binding(1) var<storage, read> bias: array<f32>; // [outChannels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [rows, width, outChannels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.rows * params.width * params.outChannels) {
    return;
  }
  let o = i % params.outChannels;
  let pixel = i / params.outChannels;
  let rowStart = pixel / params.width * params.tapWidth;
  var sum = 0.0;
  if (params.hasBias != 0u) {
    sum = bias[o];
  }
  for (var kw = 0u; kw < params.kernelWidth; kw++) {
    let column = i32(pixel % params.width) + params.step * i32(kw);
    if (column >= 0 && column < i32(params.tapWidth)) {
      sum += z[(rowStart + u32(column)) * params.tapChannels + kw * params.outChannels + o];
    }
  }
  y[i] = sum;
}
