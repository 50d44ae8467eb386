enable subgroups;
diagnostic(off, subgroup_uniformity);
// The same sum as weight-grad.wgsl, for adapters whose loads cost more than their arithmetic: software ones.
//
// partials[s, kh, kw, c, o] = Σ_{rows of split s} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · dy[n, oh, ow, o]
//
// The vec4 of (kh, kw, c), counted through in that order, are the rows of a GEMM. A workgroup is one subgroup. It owns INPUTS
// of them × one vec4 of o a lane, and takes PIXELS = WORKGROUP / INPUTS pixels at a time: each lane loads one vec4 of x, of one
// row and one pixel, and the lanes hand them round. Per pixel: 1 + 1 / PIXELS loads for 16·INPUTS multiply-adds.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 8u; // @tune
const INPUTS: u32 = 4u; // @tune
const PIXELS: u32 = WORKGROUP / INPUTS;

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4
  outHeight: u32,
  outWidth: u32,
  outChannels: u32, // in vec4
  rows: u32, // n · outHeight
  rowsPerSplit: u32,
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
fn main(thread: Thread, @builtin(subgroup_invocation_id) lane: u32) {
  let inputs = params.kernelHeight * params.kernelWidth * params.channels;
  let inputTiles = (inputs + INPUTS - 1u) / INPUTS;
  let outputTiles = (params.outChannels + WORKGROUP - 1u) / WORKGROUP;
  let group = groupIndex(thread);
  let output = group % outputTiles * WORKGROUP + lane;
  let firstInput = group / outputTiles % inputTiles * INPUTS;
  let split = group / outputTiles / inputTiles;
  let column4 = min(output, params.outChannels - 1u);
  // What this lane loads of x: tap, channel, and which of the pixels taken at a time.
  let input = min(firstInput + lane % INPUTS, inputs - 1u);
  let ahead = lane / INPUTS;
  let tap = input / params.channels;
  let channel = input % params.channels;
  let kh = i32(tap / params.kernelWidth) - i32(params.padding);
  let kw = i32(tap % params.kernelWidth) - i32(params.padding);
  let height = i32(params.height);
  let width = i32(params.width);

  var sums: array<vec4f, 4u * INPUTS>;
  let end = min((split + 1u) * params.rowsPerSplit, params.rows);
  for (var line = split * params.rowsPerSplit; line < end; line++) {
    var row = i32(line % params.outHeight * params.stride) + kh;
    if (params.reflect != 0u) {
      row = reflectIndex(row, height);
    }
    let rowInside = row >= 0 && row < height;
    let rowStart = (i32(line / params.outHeight) * height + row) * width;
    for (var first = 0u; first < params.outWidth; first += PIXELS) {
      var column = i32((first + ahead) * params.stride) + kw;
      if (params.reflect != 0u) {
        column = reflectIndex(column, width);
      }
      let inside = rowInside && column >= 0 && column < width && first + ahead < params.outWidth;
      let source = select(0u, u32(rowStart + column) * params.channels + channel, inside);
      let loaded = select(vec4f(), x[source], inside);
      var gradients: array<vec4f, PIXELS>;
      for (var p = 0u; p < PIXELS; p++) { // @unroll
        let pixel = line * params.outWidth + min(first + p, params.outWidth - 1u);
        gradients[p] = dy[pixel * params.outChannels + column4];
      }
      // The pixels of a sum one after the other: sums outnumber registers, and each is fetched once for all of them.
      for (var i = 0u; i < INPUTS; i++) { // @unroll
        for (var p = 0u; p < PIXELS; p++) { // @unroll
          let v = subgroupShuffle(loaded, p * INPUTS + i);
          sums[4u * i] = fma(v.xxxx, gradients[p], sums[4u * i]);
          sums[4u * i + 1u] = fma(v.yyyy, gradients[p], sums[4u * i + 1u]);
          sums[4u * i + 2u] = fma(v.zzzz, gradients[p], sums[4u * i + 2u]);
          sums[4u * i + 3u] = fma(v.wwww, gradients[p], sums[4u * i + 3u]);
        }
      }
    }
  }
  let base = (split * inputs + firstInput) * 4u;
  if (output < params.outChannels && split < params.splits) {
    for (var i = 0u; i < 4u * INPUTS; i++) { // @unroll
      if (firstInput + i / 4u < inputs) {
        partials[(base + i) * params.outChannels + output] = sums[i];
      }
    }
  }
}
