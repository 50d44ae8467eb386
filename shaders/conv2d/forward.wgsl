// y[n, oh, ow, o] = bias[o] + Σ_{kh, kw, c} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · w[kh, kw, c, o]
//
// Implicit GEMM without staging: an invocation owns PIXELS output pixels × OUTPUTS vec4 of output channels in registers.
// Per input vec4: PIXELS + 4·OUTPUTS loads for 16·PIXELS·OUTPUTS multiply-adds.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const PIXELS: u32 = 8u; // @tune
const OUTPUTS: u32 = 2u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4
  outHeight: u32,
  outWidth: u32,
  outChannels: u32, // in vec4, a multiple of OUTPUTS
  pixels: u32, // n · outHeight · outWidth
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  reflect: u32, // 1: what lies outside is reflected; 0: it is zero
  hasBias: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [kernelHeight, kernelWidth, 4 · channels, outChannels]
@group(0) @binding(2) var<storage, read> bias: array<vec4f>; // [outChannels]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [n, outHeight, outWidth, outChannels]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let tiles = params.outChannels / OUTPUTS;
  let index = threadIndex(thread);
  let firstPixel = index / tiles * PIXELS;
  let firstOutput = index % tiles * OUTPUTS;
  if (firstPixel >= params.pixels) {
    return;
  }
  // Image number, and the input position under the kernel's corner, of each pixel.
  var image: array<i32, PIXELS>;
  var top: array<i32, PIXELS>;
  var left: array<i32, PIXELS>;
  for (var p = 0u; p < PIXELS; p++) {
    let pixel = min(firstPixel + p, params.pixels - 1u);
    let row = pixel / params.outWidth;
    image[p] = i32(row / params.outHeight);
    top[p] = i32(row % params.outHeight * params.stride) - i32(params.padding);
    left[p] = i32(pixel % params.outWidth * params.stride) - i32(params.padding);
  }
  let height = i32(params.height);
  let width = i32(params.width);

  var sums: array<array<vec4f, OUTPUTS>, PIXELS>;
  for (var p = 0u; p < PIXELS; p++) {
    for (var o = 0u; o < OUTPUTS; o++) {
      sums[p][o] = select(vec4f(), bias[firstOutput + o], params.hasBias != 0u);
    }
  }
  var weightRow = firstOutput;
  for (var kh = 0u; kh < params.kernelHeight; kh++) {
    for (var kw = 0u; kw < params.kernelWidth; kw++) {
      var source: array<u32, PIXELS>;
      var inside: array<bool, PIXELS>;
      for (var p = 0u; p < PIXELS; p++) {
        var row = top[p] + i32(kh);
        var column = left[p] + i32(kw);
        if (params.reflect != 0u) {
          row = reflectIndex(row, height);
          column = reflectIndex(column, width);
        }
        inside[p] = row >= 0 && row < height && column >= 0 && column < width;
        source[p] = select(0u, u32((image[p] * height + row) * width + column) * params.channels, inside[p]);
      }
      for (var c = 0u; c < params.channels; c++) {
        var values: array<vec4f, PIXELS>;
        for (var p = 0u; p < PIXELS; p++) {
          values[p] = select(vec4f(), x[source[p] + c], inside[p]);
        }
        for (var o = 0u; o < OUTPUTS; o++) {
          let w0 = w[weightRow + o];
          let w1 = w[weightRow + params.outChannels + o];
          let w2 = w[weightRow + 2u * params.outChannels + o];
          let w3 = w[weightRow + 3u * params.outChannels + o];
          for (var p = 0u; p < PIXELS; p++) {
            let v = values[p];
            sums[p][o] = fma(v.wwww, w3, fma(v.zzzz, w2, fma(v.yyyy, w1, fma(v.xxxx, w0, sums[p][o]))));
          }
        }
        weightRow += 4u * params.outChannels;
      }
    }
  }
  for (var p = 0u; p < PIXELS; p++) {
    if (firstPixel + p < params.pixels) {
      for (var o = 0u; o < OUTPUTS; o++) {
        y[(firstPixel + p) * params.outChannels + firstOutput + o] = sums[p][o];
      }
    }
  }
}
