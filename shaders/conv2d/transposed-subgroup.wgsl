enable subgroups;
diagnostic(off, subgroup_uniformity);
// The same sum as transposed.wgsl, for software adapters, where loads cost more than arithmetic.
//
// y[n, h, w, c] = bias[c] + Σ_{kh, kw} Σ_o x[n, (h + padding − kh) / stride, (w + padding − kw) / stride, o] · w[kh, kw, c, o]
//
// over the taps where both divisions leave no remainder. A workgroup is one subgroup. It owns PIXELS pixels of one stride
// phase × one vec4 of output channels a lane; its lanes load the input values of different pixels and share them.
// Per input vec4: PIXELS / WORKGROUP + 4 loads for 16·PIXELS multiply-adds.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 8u; // @tune
const PIXELS: u32 = 16u; // @tune
const ROUNDS: u32 = PIXELS / WORKGROUP;
const NOWHERE: u32 = 0xffffffffu;

struct Params {
  inHeight: u32,
  inWidth: u32,
  inChannels: u32, // in vec4
  height: u32,
  width: u32,
  channels: u32, // in vec4
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

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread, @builtin(subgroup_invocation_id) lane: u32) {
  let blocks = (params.phasePixels + PIXELS - 1u) / PIXELS;
  let phases = params.stride * params.stride;
  let group = groupIndex(thread);
  let firstPixel = group % blocks * PIXELS;
  let phase = group / blocks % phases;
  let output = group / blocks / phases * WORKGROUP + lane;
  let column4 = min(output, params.channels - 1u);
  // The first tap of the phase, and the first output row and column it covers.
  let tapRow = phase / params.stride;
  let tapColumn = phase % params.stride;
  let padding = i32(params.padding);
  let stride = i32(params.stride);
  let startRow = ((i32(tapRow) - padding) % stride + stride) % stride;
  let startColumn = ((i32(tapColumn) - padding) % stride + stride) % stride;

  // Image number, and the input position under tap (tapRow, tapColumn), of the pixels this lane loads for.
  // `place` is where they are written, or no place at all.
  var image: array<i32, ROUNDS>;
  var top: array<i32, ROUNDS>;
  var left: array<i32, ROUNDS>;
  var place: array<u32, ROUNDS>;
  for (var r = 0u; r < ROUNDS; r++) { // @unroll
    let pixel = firstPixel + r * WORKGROUP + lane;
    let row = pixel / params.phaseWidth;
    image[r] = i32(row / params.phaseHeight);
    let outRow = startRow + i32(row % params.phaseHeight) * stride;
    let outColumn = startColumn + i32(pixel % params.phaseWidth) * stride;
    top[r] = (outRow + padding - i32(tapRow)) / stride;
    left[r] = (outColumn + padding - i32(tapColumn)) / stride;
    let isPixel = pixel < params.phasePixels && outRow < i32(params.height) && outColumn < i32(params.width);
    let position = u32((image[r] * i32(params.height) + outRow) * i32(params.width) + outColumn);
    place[r] = select(NOWHERE, position, isPixel);
  }

  let inHeight = i32(params.inHeight);
  let inWidth = i32(params.inWidth);
  var sums: array<vec4f, PIXELS>;
  for (var p = 0u; p < PIXELS; p++) { // @unroll
    sums[p] = select(vec4f(), bias[column4], params.hasBias != 0u);
  }
  for (var kh = tapRow; kh < params.kernelHeight; kh += params.stride) {
    for (var kw = tapColumn; kw < params.kernelWidth; kw += params.stride) {
      var source: array<u32, ROUNDS>;
      var inside: array<bool, ROUNDS>;
      for (var r = 0u; r < ROUNDS; r++) { // @unroll
        let row = top[r] - i32((kh - tapRow) / params.stride);
        let column = left[r] - i32((kw - tapColumn) / params.stride);
        inside[r] = place[r] != NOWHERE && row >= 0 && row < inHeight && column >= 0 && column < inWidth;
        source[r] = select(0u, u32((image[r] * inHeight + row) * inWidth + column) * params.inChannels, inside[r]);
      }
      var weightRow = ((kh * params.kernelWidth + kw) * params.channels + column4) * 4u * params.inChannels;
      for (var c = 0u; c < params.inChannels; c++) {
        let w0 = w[weightRow + c];
        let w1 = w[weightRow + params.inChannels + c];
        let w2 = w[weightRow + 2u * params.inChannels + c];
        let w3 = w[weightRow + 3u * params.inChannels + c];
        let t0 = vec4f(w0.x, w1.x, w2.x, w3.x);
        let t1 = vec4f(w0.y, w1.y, w2.y, w3.y);
        let t2 = vec4f(w0.z, w1.z, w2.z, w3.z);
        let t3 = vec4f(w0.w, w1.w, w2.w, w3.w);
        var loaded: array<vec4f, ROUNDS>;
        for (var r = 0u; r < ROUNDS; r++) { // @unroll
          loaded[r] = select(vec4f(), x[source[r] + c], inside[r]);
        }
        for (var r = 0u; r < ROUNDS; r++) { // @unroll
          for (var l = 0u; l < WORKGROUP; l++) { // @unroll
            let v = subgroupShuffle(loaded[r], l);
            let p = r * WORKGROUP + l;
            sums[p] = fma(v.wwww, t3, fma(v.zzzz, t2, fma(v.yyyy, t1, fma(v.xxxx, t0, sums[p]))));
          }
        }
      }
    }
  }
  for (var r = 0u; r < ROUNDS; r++) { // @unroll
    for (var l = 0u; l < WORKGROUP; l++) { // @unroll
      let position = subgroupShuffle(place[r], l);
      if (position != NOWHERE && output < params.channels) {
        y[position * params.channels + output] = sums[r * WORKGROUP + l];
      }
    }
  }
}
