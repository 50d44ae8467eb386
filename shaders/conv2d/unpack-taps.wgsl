// w[kh, kw, c, o] = z[kh, c, kw · outChannels + o]: the inverse of pack-taps.wgsl
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  kernelHeight: u32,
  kernelWidth: u32,
  channels: u32,
  outChannels: u32,
  tapChannels: u32, // at least kernelWidth · outChannels
}

@group(0) @binding(0) var<storage, read> z: array<f32>; // [kernelHeight, channels, tapChannels]
@group(0) @binding(1) var<storage, read_write> w: array<f32>; // [kernelHeight, kernelWidth, channels, outChannels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.kernelHeight * params.kernelWidth * params.channels * params.outChannels) {
    return;
  }
  let o = i % params.outChannels;
  let c = i / params.outChannels % params.channels;
  let tap = i / params.outChannels / params.channels;
  let row = tap / params.kernelWidth * params.channels + c;
  w[i] = z[row * params.tapChannels + tap % params.kernelWidth * params.outChannels + o];
}
