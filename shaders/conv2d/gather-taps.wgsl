// y[n, h, w, o] = bias[o] + Σ_{kh, kw} z[n, h + step · kh − padding, w + step · kw − padding, (kh · kernelWidth + kw) · outChannels + o]
//
// over the places that z has. Adds up a convolution whose taps were computed as channels: see src/ops/conv-taps.ts.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  outChannels: u32,
  tapHeight: u32,
  tapWidth: u32,
  tapChannels: u32, // at least kernelHeight · kernelWidth · outChannels
  kernelHeight: u32,
  kernelWidth: u32,
  step: i32,
  padding: i32,
  hasBias: u32,
  size: u32, // of y
}

@group(0) @binding(0) var<storage, read> z: array<f32>; // [n, tapHeight, tapWidth, tapChannels]
@group(0) @binding(1) var<storage, read> bias: array<f32>; // [outChannels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [n, height, width, outChannels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let o = i % params.outChannels;
  let pixel = i / params.outChannels;
  let line = pixel / params.width;
  let image = line / params.height;
  let top = i32(line % params.height) - params.padding;
  let left = i32(pixel % params.width) - params.padding;
  var sum = 0.0;
  if (params.hasBias != 0u) {
    sum = bias[o];
  }
  for (var kh = 0u; kh < params.kernelHeight; kh++) {
    let row = top + params.step * i32(kh);
    for (var kw = 0u; kw < params.kernelWidth; kw++) {
      let column = left + params.step * i32(kw);
      if (row >= 0 && row < i32(params.tapHeight) && column >= 0 && column < i32(params.tapWidth)) {
        let place = (image * params.tapHeight + u32(row)) * params.tapWidth + u32(column);
        sum += z[place * params.tapChannels + (kh * params.kernelWidth + kw) * params.outChannels + o];
      }
    }
  }
  y[i] = sum;
}
