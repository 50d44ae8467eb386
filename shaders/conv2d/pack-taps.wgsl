// z[kh, c, kw · outChannels + o] = w[kh, kw, c, o]; zero in the channels that fill z up to a multiple of 4
//
// The taps of a row as channels: see src/ops/conv-taps.ts.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  kernelHeight: u32,
  kernelWidth: u32,
  channels: u32,
  outChannels: u32,
  tapChannels: u32, // kernelWidth · outChannels, filled up
}

@group(0) @binding(0) var<storage, read> w: array<f32>; // [kernelHeight, kernelWidth, channels, outChannels]
@group(0) @binding(1) var<storage, read_write> z: array<f32>; // [kernelHeight, channels, tapChannels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.kernelHeight * params.channels * params.tapChannels) {
    return;
  }
  let j = i % params.tapChannels;
  let row = i / params.tapChannels;
  let kw = j / params.outChannels;
  var value = 0.0;
  if (kw < params.kernelWidth) {
    let tap = row / params.channels * params.kernelWidth + kw;
    value = w[(tap * params.channels + row % params.channels) * params.outChannels + j % params.outChannels];
  }
  z[i] = value;
}
