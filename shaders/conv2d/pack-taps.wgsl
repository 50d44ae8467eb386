// z[kh, c, kw · outChannels + o] = w[kh, kw, c, o]; zero in the channels that fill z up to a multiple of 4
//
// The taps of a row as channels: see src/ops/conv/taps.ts.
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
  let row = threadIndex(thread);
  if (row >= params.kernelHeight * params.channels) {
    return;
  }
  let kh = row / params.channels;
  let channel = row % params.channels;
  var at = row * params.tapChannels;
  for (var kw = 0u; kw < params.kernelWidth; kw++) {
    let source = ((kh * params.kernelWidth + kw) * params.channels + channel) * params.outChannels;
    for (var o = 0u; o < params.outChannels; o++) {
      z[at] = w[source + o];
      at++;
    }
  }
  for (; at < (row + 1u) * params.tapChannels; at++) {
    z[at] = 0.0;
  }
}
