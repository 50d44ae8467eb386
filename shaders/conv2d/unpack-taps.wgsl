// w[kh, kw, c, o] = z[kh, c, kw · outChannels + o], or += it: the inverse of pack-taps.wgsl
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  kernelHeight: u32,
  kernelWidth: u32,
  channels: u32,
  outChannels: u32,
  tapChannels: u32, // at least kernelWidth · outChannels
  adds: u32, // 1: to what w holds; 0: w is overwritten
}

@group(0) @binding(0) var<storage, read> z: array<f32>; // [kernelHeight, channels, tapChannels]
@group(0) @binding(1) var<storage, read_write> w: array<f32>; // [kernelHeight, kernelWidth, channels, outChannels]
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
    let start = ((kh * params.kernelWidth + kw) * params.channels + channel) * params.outChannels;
    for (var o = 0u; o < params.outChannels; o++) {
      var value = z[at];
      if (params.adds != 0u) {
        value += w[start + o];
      }
      w[start + o] = value;
      at++;
    }
  }
}
