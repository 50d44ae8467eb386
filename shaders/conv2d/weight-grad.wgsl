// partials[s, kh, kw, c, o] = Σ_{pixels of split s} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · dy[n, oh, ow, o]
//
// A GEMM whose long axis is the pixels, cut into `splits` so that small kernels fill the device too; reduce/rows.wgsl adds
// the splits up in a fixed order. An invocation owns INPUTS vec4 of c × OUTPUTS vec4 of o for one tap.
// Per pixel: INPUTS + OUTPUTS loads for 16·INPUTS·OUTPUTS multiply-adds.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const INPUTS: u32 = 2u; // @tune
const OUTPUTS: u32 = 2u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4, a multiple of INPUTS
  outHeight: u32,
  outWidth: u32,
  outChannels: u32, // in vec4, a multiple of OUTPUTS
  pixels: u32, // n · outHeight · outWidth
  pixelsPerSplit: u32,
  splits: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  reflect: u32, // 1: what lies outside is reflected; 0: it is zero
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read> dy: array<vec4f>; // [n, outHeight, outWidth, outChannels]
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>; // [splits, kernelHeight, kernelWidth, 4 · channels, outChannels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let outputTiles = params.outChannels / OUTPUTS;
  let inputTiles = params.channels / INPUTS;
  var index = threadIndex(thread);
  let firstOutput = index % outputTiles * OUTPUTS;
  index /= outputTiles;
  let firstInput = index % inputTiles * INPUTS;
  index /= inputTiles;
  let taps = params.kernelHeight * params.kernelWidth;
  let tap = index % taps;
  let split = index / taps;
  if (split >= params.splits) {
    return;
  }
  let kh = i32(tap / params.kernelWidth) - i32(params.padding);
  let kw = i32(tap % params.kernelWidth) - i32(params.padding);
  let height = i32(params.height);
  let width = i32(params.width);

  var sums: array<array<vec4f, OUTPUTS>, 4u * INPUTS>;
  let end = min((split + 1u) * params.pixelsPerSplit, params.pixels);
  for (var pixel = split * params.pixelsPerSplit; pixel < end; pixel++) {
    let line = pixel / params.outWidth;
    var row = i32(line % params.outHeight * params.stride) + kh;
    var column = i32(pixel % params.outWidth * params.stride) + kw;
    if (params.reflect != 0u) {
      row = reflectIndex(row, height);
      column = reflectIndex(column, width);
    }
    if (row >= 0 && row < height && column >= 0 && column < width) {
      let source = u32((i32(line / params.outHeight) * height + row) * width + column) * params.channels + firstInput;
      var gradients: array<vec4f, OUTPUTS>;
      for (var o = 0u; o < OUTPUTS; o++) {
        gradients[o] = dy[pixel * params.outChannels + firstOutput + o];
      }
      for (var c = 0u; c < INPUTS; c++) {
        let v = x[source + c];
        for (var o = 0u; o < OUTPUTS; o++) {
          sums[4u * c][o] = fma(v.xxxx, gradients[o], sums[4u * c][o]);
          sums[4u * c + 1u][o] = fma(v.yyyy, gradients[o], sums[4u * c + 1u][o]);
          sums[4u * c + 2u][o] = fma(v.zzzz, gradients[o], sums[4u * c + 2u][o]);
          sums[4u * c + 3u][o] = fma(v.wwww, gradients[o], sums[4u * c + 3u][o]);
        }
      }
    }
  }
  let base = (split * taps + tap) * 4u * params.channels + 4u * firstInput;
  for (var c = 0u; c < 4u * INPUTS; c++) {
    for (var o = 0u; o < OUTPUTS; o++) {
      partials[(base + c) * params.outChannels + firstOutput + o] = sums[c][o];
    }
  }
}
