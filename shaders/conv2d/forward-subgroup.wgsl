enable subgroups;
diagnostic(off, subgroup_uniformity);
// The same sum as forward.wgsl, for software adapters, where loads cost more than arithmetic.
//
// y[n, oh, ow, o] = bias[o] + Σ_{kh, kw, c} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · w[kh, kw, c, o]
//
// A workgroup is one subgroup. It owns PIXELS output pixels × one vec4 of output channels a lane. Its lanes load the input
// values of different pixels and share them, so that no value is loaded twice.
// Per input vec4: PIXELS / WORKGROUP + 4 loads for 16·PIXELS multiply-adds, where forward.wgsl needs PIXELS + 4·OUTPUTS.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 8u; // @tune
const PIXELS: u32 = 16u; // @tune
const ROUNDS: u32 = PIXELS / WORKGROUP;

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4
  outHeight: u32,
  outWidth: u32,
  outChannels: u32, // in vec4
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
fn main(thread: Thread, @builtin(subgroup_invocation_id) lane: u32) {
  let group = groupIndex(thread);
  let blocks = (params.pixels + PIXELS - 1u) / PIXELS;
  let firstPixel = group % blocks * PIXELS;
  let output = group / blocks * WORKGROUP + lane;
  let column4 = min(output, params.outChannels - 1u);
  // Image number, and the input position under the kernel's corner, of the pixels this lane loads for.
  var image: array<i32, ROUNDS>;
  var top: array<i32, ROUNDS>;
  var left: array<i32, ROUNDS>;
  for (var r = 0u; r < ROUNDS; r++) { // @unroll
    let pixel = min(firstPixel + r * WORKGROUP + lane, params.pixels - 1u);
    let row = pixel / params.outWidth;
    image[r] = i32(row / params.outHeight);
    top[r] = i32(row % params.outHeight * params.stride) - i32(params.padding);
    left[r] = i32(pixel % params.outWidth * params.stride) - i32(params.padding);
  }
  let height = i32(params.height);
  let width = i32(params.width);

  var sums: array<vec4f, PIXELS>;
  for (var p = 0u; p < PIXELS; p++) { // @unroll
    sums[p] = select(vec4f(), bias[column4], params.hasBias != 0u);
  }
  var weightRow = column4;
  for (var kh = 0u; kh < params.kernelHeight; kh++) {
    for (var kw = 0u; kw < params.kernelWidth; kw++) {
      var source: array<u32, ROUNDS>;
      var inside: array<bool, ROUNDS>;
      for (var r = 0u; r < ROUNDS; r++) { // @unroll
        var row = top[r] + i32(kh);
        var column = left[r] + i32(kw);
        if (params.reflect != 0u) {
          row = reflectIndex(row, height);
          column = reflectIndex(column, width);
        }
        inside[r] = row >= 0 && row < height && column >= 0 && column < width;
        source[r] = select(0u, u32((image[r] * height + row) * width + column) * params.channels, inside[r]);
      }
      for (var c = 0u; c < params.channels; c++) {
        let w0 = w[weightRow];
        let w1 = w[weightRow + params.outChannels];
        let w2 = w[weightRow + 2u * params.outChannels];
        let w3 = w[weightRow + 3u * params.outChannels];
        var loaded: array<vec4f, ROUNDS>;
        for (var r = 0u; r < ROUNDS; r++) { // @unroll
          loaded[r] = select(vec4f(), x[source[r] + c], inside[r]);
        }
        for (var r = 0u; r < ROUNDS; r++) { // @unroll
          for (var l = 0u; l < WORKGROUP; l++) { // @unroll
            let v = subgroupShuffle(loaded[r], l);
            let p = r * WORKGROUP + l;
            sums[p] = fma(v.wwww, w3, fma(v.zzzz, w2, fma(v.yyyy, w1, fma(v.xxxx, w0, sums[p]))));
          }
        }
        weightRow += 4u * params.outChannels;
      }
    }
  }
  if (output < params.outChannels) {
    for (var p = 0u; p < PIXELS; p++) { // @unroll
      if (firstPixel + p < params.pixels) {
        y[(firstPixel + p) * params.outChannels + output] = sums[p];
      }
    }
  }
}
