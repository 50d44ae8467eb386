// The transpose of forward.wgsl: a convolution's input gradient, and a transposed convolution's forward pass.
//
// y[n, h, w, c] = bias[c] + Σ_{kh, kw} Σ_o x[n, (h + padding − kh) / stride, (w + padding − kw) / stride, o] · w[kh, kw, c, o]
//
// over the taps where both divisions leave no remainder. Output pixels are taken by stride phase, (h + padding) mod stride
// and (w + padding) mod stride: all pixels of a phase use the same taps, so no multiplication by an inserted zero is done.
// Zero padding only. An invocation owns PIXELS pixels of one phase × OUTPUTS vec4 of output channels; the weights are read
// along o, so each product is a dot product. Per input vec4: PIXELS + 4·OUTPUTS loads for 16·PIXELS·OUTPUTS multiply-adds.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const PIXELS: u32 = 8u; // @tune
const OUTPUTS: u32 = 2u; // @tune

struct Params {
  inHeight: u32,
  inWidth: u32,
  inChannels: u32, // in vec4
  height: u32,
  width: u32,
  channels: u32, // in vec4, a multiple of OUTPUTS
  phaseHeight: u32, // ceil(height / stride)
  phaseWidth: u32, // ceil(width / stride)
  phasePixels: u32, // n · phaseHeight · phaseWidth
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  hasBias: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [n, inHeight, inWidth, inChannels]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [kernelHeight, kernelWidth, 4 · channels, inChannels]
@group(0) @binding(2) var<storage, read> bias: array<vec4f>; // [channels]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [n, height, width, channels]
@group(0) @binding(4) var<uniform> params: Params;

// sum + a · b
fn addDot(a: vec4f, b: vec4f, sum: f32) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let tiles = params.channels / OUTPUTS;
  let index = threadIndex(thread);
  let blocks = (params.phasePixels + PIXELS - 1u) / PIXELS;
  let firstOutput = index % tiles * OUTPUTS;
  let phase = index / tiles / blocks;
  let firstPixel = index / tiles % blocks * PIXELS;
  if (phase >= params.stride * params.stride) {
    return;
  }
  // The first tap of the phase, and the first output row and column it covers.
  let tapRow = phase / params.stride;
  let tapColumn = phase % params.stride;
  let padding = i32(params.padding);
  let stride = i32(params.stride);
  let startRow = ((i32(tapRow) - padding) % stride + stride) % stride;
  let startColumn = ((i32(tapColumn) - padding) % stride + stride) % stride;

  // Of each pixel: image number, output position, and the input position under tap (tapRow, tapColumn).
  var image: array<i32, PIXELS>;
  var outRow: array<i32, PIXELS>;
  var outColumn: array<i32, PIXELS>;
  var top: array<i32, PIXELS>;
  var left: array<i32, PIXELS>;
  for (var p = 0u; p < PIXELS; p++) {
    let pixel = min(firstPixel + p, params.phasePixels - 1u);
    let row = pixel / params.phaseWidth;
    image[p] = i32(row / params.phaseHeight);
    outRow[p] = startRow + i32(row % params.phaseHeight) * stride;
    outColumn[p] = startColumn + i32(pixel % params.phaseWidth) * stride;
    top[p] = (outRow[p] + padding - i32(tapRow)) / stride;
    left[p] = (outColumn[p] + padding - i32(tapColumn)) / stride;
  }

  let inHeight = i32(params.inHeight);
  let inWidth = i32(params.inWidth);
  var sums: array<array<vec4f, OUTPUTS>, PIXELS>;
  for (var p = 0u; p < PIXELS; p++) {
    for (var o = 0u; o < OUTPUTS; o++) {
      sums[p][o] = select(vec4f(), bias[firstOutput + o], params.hasBias != 0u);
    }
  }
  for (var kh = tapRow; kh < params.kernelHeight; kh += params.stride) {
    for (var kw = tapColumn; kw < params.kernelWidth; kw += params.stride) {
      var source: array<u32, PIXELS>;
      var inside: array<bool, PIXELS>;
      for (var p = 0u; p < PIXELS; p++) {
        let row = top[p] - i32((kh - tapRow) / params.stride);
        let column = left[p] - i32((kw - tapColumn) / params.stride);
        inside[p] = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
        source[p] = select(0u, u32((image[p] * inHeight + row) * inWidth + column) * params.inChannels, inside[p]);
      }
      let weightStart = ((kh * params.kernelWidth + kw) * params.channels + firstOutput) * 4u * params.inChannels;
      for (var c = 0u; c < params.inChannels; c++) {
        var values: array<vec4f, PIXELS>;
        for (var p = 0u; p < PIXELS; p++) {
          values[p] = select(vec4f(), x[source[p] + c], inside[p]);
        }
        for (var o = 0u; o < OUTPUTS; o++) {
          let row = weightStart + 4u * o * params.inChannels + c;
          let w0 = w[row];
          let w1 = w[row + params.inChannels];
          let w2 = w[row + 2u * params.inChannels];
          let w3 = w[row + 3u * params.inChannels];
          for (var p = 0u; p < PIXELS; p++) {
            let v = values[p];
            let sum = sums[p][o];
            sums[p][o] = vec4f(addDot(v, w0, sum.x), addDot(v, w1, sum.y), addDot(v, w2, sum.z), addDot(v, w3, sum.w));
          }
        }
      }
    }
  }
  for (var p = 0u; p < PIXELS; p++) {
    let isPixel = firstPixel + p < params.phasePixels;
    if (isPixel && outRow[p] < i32(params.height) && outColumn[p] < i32(params.width)) {
      let position = u32((image[p] * i32(params.height) + outRow[p]) * i32(params.width) + outColumn[p]);
      for (var o = 0u; o < OUTPUTS; o++) {
        y[position * params.channels + firstOutput + o] = sums[p][o];
      }
    }
  }
}
