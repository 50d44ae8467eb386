// The same sum as forward.wgsl, for GPUs: operands are staged in workgroup memory, where a whole tile shares them.
//
// y[n, oh, ow, o] = bias[o] + Σ_{kh, kw, c} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · w[kh, kw, c, o]
//
// A GEMM of pixels × o over depth = (kh, kw, c), counted through in vec4. A workgroup owns TILE_PIXELS pixels × TILE_OUTPUTS
// vec4 of o, an invocation PIXELS × OUTPUTS of them in registers. The depth is taken in slices of DEPTH vec4 and may be cut
// into `splits`, so that few tiles fill the device too; reduce/rows.wgsl adds the splits up in a fixed order. The loads of
// the next slice are in flight while this one is multiplied.
//
// Global loads: one float for every (1 / (1 / TILE_PIXELS + 1 / 4·TILE_OUTPUTS)) multiply-adds, 43 in a tile of 128 × 64.
// Workgroup memory: 64 bytes · (TILE_PIXELS + 4·TILE_OUTPUTS), 12 KiB; PIXELS + 4·OUTPUTS vec4 of it for 16·PIXELS·OUTPUTS
// multiply-adds, so 8 × 8 in registers need 4 bytes for 4 of them, the ratio of 32 banks to 128 lanes; 4 × 4 need 8.
// Banks: 8 neighbouring invocations read 8 neighbouring vec4 of w, all 32 banks once, and one and the same vec4 of x.
// Registers: 64 sums, 36 operands, 24 in flight, some 30 of addresses: about 150, so 3 workgroups of 128 in 65,536.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 128u; // @tune
const COLUMNS: u32 = 8u; // @tune
const PIXELS: u32 = 8u; // @tune
const OUTPUTS: u32 = 2u; // @tune
const UNROLL: u32 = 1u; // @tune
const SUBGROUP: u32 = 0u; // @tune lanes of a subgroup; 0: the driver decides
const DEPTH: u32 = 4u;
const ROWS: u32 = WORKGROUP / COLUMNS;
const TILE_PIXELS: u32 = ROWS * PIXELS;
const TILE_OUTPUTS: u32 = COLUMNS * OUTPUTS;
const X_LOADS: u32 = TILE_PIXELS * DEPTH / WORKGROUP;
const W_LOADS: u32 = 4u * DEPTH * TILE_OUTPUTS / WORKGROUP;

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4
  outHeight: u32,
  outWidth: u32,
  outChannels: u32, // in vec4
  pixels: u32, // n · outHeight · outWidth
  splits: u32,
  slicesPerSplit: u32,
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
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [splits, n, outHeight, outWidth, outChannels]
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> xTile: array<vec4f, TILE_PIXELS * DEPTH>; // [TILE_PIXELS, DEPTH]
var<workgroup> wTile: array<vec4f, 4u * DEPTH * TILE_OUTPUTS>; // [4 · DEPTH, TILE_OUTPUTS]

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  // `%` tells the compiler the range, so that it adds no bounds checks.
  let local = thread.local % WORKGROUP;
  var group = groupIndex(thread);
  let outputTiles = (params.outChannels + TILE_OUTPUTS - 1u) / TILE_OUTPUTS;
  let pixelTiles = (params.pixels + TILE_PIXELS - 1u) / TILE_PIXELS;
  let firstOutput = group % outputTiles * TILE_OUTPUTS;
  group /= outputTiles;
  let firstPixel = group % pixelTiles * TILE_PIXELS;
  let split = group / pixelTiles;
  let depth = params.kernelHeight * params.kernelWidth * params.channels;
  let height = i32(params.height);
  let width = i32(params.width);
  let reflects = params.reflect != 0u;

  // The place in the depth that this invocation stages of x, and its tap and channel.
  var place = split * params.slicesPerSplit * DEPTH + local % DEPTH;
  var channel = place % params.channels;
  var kw = i32(place / params.channels % params.kernelWidth);
  var kh = i32(place / params.channels / params.kernelWidth);
  // For each pixel that it stages: image number, input position under the kernel's corner, where the input is read under the
  // tap, and whether that is inside the image.
  var image: array<i32, X_LOADS>;
  var top: array<i32, X_LOADS>;
  var left: array<i32, X_LOADS>;
  var source: array<u32, X_LOADS>;
  var inside: array<bool, X_LOADS>;
  for (var i = 0u; i < X_LOADS; i++) { // @unroll
    let pixel = min(firstPixel + (i * WORKGROUP + local) / DEPTH, params.pixels - 1u);
    let line = pixel / params.outWidth;
    image[i] = i32(line / params.outHeight);
    top[i] = i32(line % params.outHeight * params.stride) - i32(params.padding);
    left[i] = i32(pixel % params.outWidth * params.stride) - i32(params.padding);
    let row = select(top[i] + kh, reflectIndex(top[i] + kh, height), reflects);
    let column = select(left[i] + kw, reflectIndex(left[i] + kw, width), reflects);
    inside[i] = row >= 0 && row < height && column >= 0 && column < width;
    source[i] = select(0u, u32((image[i] * height + row) * width + column) * params.channels, inside[i]);
  }
  // What it stages of w. Past the end, it is the last row again, which is multiplied by zeros of x.
  let stagedOutput = min(firstOutput + local % TILE_OUTPUTS, params.outChannels - 1u);
  let lastWeight = (4u * depth - 1u) * params.outChannels + stagedOutput;
  var weight = (split * params.slicesPerSplit * 4u * DEPTH + local / TILE_OUTPUTS) * params.outChannels + stagedOutput;

  // What it multiplies.
  let pixelRow = local / COLUMNS % ROWS;
  let outputColumn = local % COLUMNS;
  var sums: array<array<vec4f, OUTPUTS>, PIXELS>;
  for (var o = 0u; o < OUTPUTS; o++) { // @unroll
    let output = min(firstOutput + outputColumn + o * COLUMNS, params.outChannels - 1u);
    let start = select(vec4f(), bias[output], params.hasBias != 0u && split == 0u);
    for (var p = 0u; p < PIXELS; p++) { // @unroll
      sums[p][o] = start;
    }
  }

  // Loads are straight-line code into registers, unchanged; only the store to workgroup memory waits for them.
  var nextX: array<vec4f, X_LOADS>;
  var nextW: array<vec4f, W_LOADS>;
  for (var i = 0u; i < X_LOADS; i++) { // @unroll
    nextX[i] = x[source[i] + channel];
  }
  for (var i = 0u; i < W_LOADS; i++) { // @unroll
    nextW[i] = w[min(weight + i * (WORKGROUP / TILE_OUTPUTS) * params.outChannels, lastWeight)];
  }
  for (var slice = 0u; slice < params.slicesPerSplit; slice++) {
    workgroupBarrier();
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      xTile[i * WORKGROUP + local] = select(vec4f(), nextX[i], inside[i] && place < depth);
    }
    for (var i = 0u; i < W_LOADS; i++) { // @unroll
      wTile[i * WORKGROUP + local] = nextW[i];
    }
    workgroupBarrier();
    place += DEPTH;
    channel += DEPTH;
    weight += 4u * DEPTH * params.outChannels;
    if (channel >= params.channels) {
      while (channel >= params.channels) {
        channel -= params.channels;
        kw++;
        if (kw == i32(params.kernelWidth)) {
          kw = 0;
          kh++;
        }
      }
      for (var i = 0u; i < X_LOADS; i++) { // @unroll
        let row = select(top[i] + kh, reflectIndex(top[i] + kh, height), reflects);
        let column = select(left[i] + kw, reflectIndex(left[i] + kw, width), reflects);
        inside[i] = row >= 0 && row < height && column >= 0 && column < width;
        source[i] = select(0u, u32((image[i] * height + row) * width + column) * params.channels, inside[i]);
      }
    }
    // After the last slice, these loads are unused but still in bounds.
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      nextX[i] = x[source[i] + channel];
    }
    for (var i = 0u; i < W_LOADS; i++) { // @unroll
      nextW[i] = w[min(weight + i * (WORKGROUP / TILE_OUTPUTS) * params.outChannels, lastWeight)];
    }
    for (var round = 0u; round < DEPTH / UNROLL; round++) {
      for (var u = 0u; u < UNROLL; u++) { // @unroll
        let d = round * UNROLL + u;
        var rows: array<array<vec4f, OUTPUTS>, 4>;
        for (var k = 0u; k < 4u; k++) { // @unroll
          for (var o = 0u; o < OUTPUTS; o++) { // @unroll
            rows[k][o] = wTile[(4u * d + k) * TILE_OUTPUTS + outputColumn + o * COLUMNS];
          }
        }
        for (var p = 0u; p < PIXELS; p++) { // @unroll
          let v = xTile[(pixelRow + p * ROWS) * DEPTH + d];
          for (var o = 0u; o < OUTPUTS; o++) { // @unroll
            let sum = fma(v.yyyy, rows[1][o], fma(v.xxxx, rows[0][o], sums[p][o]));
            sums[p][o] = fma(v.wwww, rows[3][o], fma(v.zzzz, rows[2][o], sum));
          }
        }
      }
    }
  }

  for (var p = 0u; p < PIXELS; p++) { // @unroll
    let pixel = firstPixel + pixelRow + p * ROWS;
    for (var o = 0u; o < OUTPUTS; o++) { // @unroll
      let output = firstOutput + outputColumn + o * COLUMNS;
      if (pixel < params.pixels && output < params.outChannels && split < params.splits) {
        y[(split * params.pixels + pixel) * params.outChannels + output] = sums[p][o];
      }
    }
  }
}
