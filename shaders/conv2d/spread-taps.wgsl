// z[r, q, kw · outChannels + o] = dy[r, q − kw, o] where dy has that column; zero elsewhere and in the channels that fill up
//
// The adjoint of gather-taps.wgsl with step 1: see src/ops/conv-taps.ts.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // n · height
  width: u32,
  outChannels: u32,
  tapWidth: u32,
  tapChannels: u32, // kernelWidth · outChannels, filled up
  kernelWidth: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [rows, width, outChannels]
@group(0) @binding(1) var<storage, read_write> z: array<f32>; // [rows, tapWidth, tapChannels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.rows * params.tapWidth * params.tapChannels) {
    return;
  }
  let j = i % params.tapChannels;
  let place = i / params.tapChannels;
  let kw = j / params.outChannels;
  let column = i32(place % params.tapWidth) - i32(kw);
  var value = 0.0;
  if (kw < params.kernelWidth && column >= 0 && column < i32(params.width)) {
    value = dy[(place / params.tapWidth * params.width + u32(column)) * params.outChannels + j % params.outChannels];
  }
  z[i] = value;
}
