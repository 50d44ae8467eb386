// y[n, h, w, o] = bias[o] + Σ_{kh, kw} z[n, (h + step · kh − padding) / stride, …, (kh · kernelWidth + kw) · outChannels + o]
//
// over the places of z for which the divisions leave no remainder. Adds up a convolution whose taps were computed as channels:
// see src/ops/conv/taps.ts.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  outChannels: u32,
  tapHeight: i32,
  tapWidth: i32,
  tapChannels: u32, // at least kernelHeight · kernelWidth · outChannels
  kernelHeight: i32,
  kernelWidth: i32,
  stride: i32, // 1 unless step is −1
  step: i32,
  padding: i32,
  hasBias: u32,
  adds: u32, // 1: adds to y; 0: overwrites y
  pixels: u32, // n · height · width
}

@group(0) @binding(0) var<storage, read> z: array<f32>; // [n, tapHeight, tapWidth, tapChannels]
@group(0) @binding(1) var<storage, read> bias: array<f32>; // [outChannels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [n, height, width, outChannels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let pixel = threadIndex(thread);
  if (pixel >= params.pixels) {
    return;
  }
  let line = pixel / params.width;
  let image = line / params.height;
  let top = i32(line % params.height) - params.padding;
  let left = i32(pixel % params.width) - params.padding;
  // The first tap that leaves no remainder; the next is `stride` taps and one place further.
  let firstRow = top % params.stride;
  let firstColumn = left % params.stride;
  let startRow = (top - firstRow) / params.stride;
  let startColumn = (left - firstColumn) / params.stride;
  for (var o = 0u; o < params.outChannels; o++) {
    var sum = 0.0;
    if (params.hasBias != 0u) {
      sum = bias[o];
    }
    var row = startRow;
    for (var kh = firstRow; kh < params.kernelHeight; kh += params.stride) {
      var column = startColumn;
      for (var kw = firstColumn; kw < params.kernelWidth; kw += params.stride) {
        if (row >= 0 && row < params.tapHeight && column >= 0 && column < params.tapWidth) {
          let tapPlace = u32((i32(image) * params.tapHeight + row) * params.tapWidth + column);
          sum += z[tapPlace * params.tapChannels + u32(kh * params.kernelWidth + kw) * params.outChannels + o];
        }
        column += params.step;
      }
      row += params.step;
    }
    let place = pixel * params.outChannels + o;
    if (params.adds != 0u) {
      sum += y[place];
    }
    y[place] = sum;
  }
}
