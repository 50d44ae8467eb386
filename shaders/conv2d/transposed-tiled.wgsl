// The same sum as transposed.wgsl, for GPUs: operands are staged in workgroup memory, where a whole tile shares them.
//
// y[n, h, w, c] = bias[c] + Σ_{kh, kw} Σ_o x[n, (h + padding − kh) / stride, (w + padding − kw) / stride, o] · w[kh, kw, c, o]
//
// over the taps where both divisions leave no remainder. A GEMM for each stride phase: its pixels × c over depth = (its taps,
// o), counted through in vec4. Tiles, slices, splits and costs as in forward-tiled.wgsl. The phases with most taps come first,
// so that the short ones fill the device's last round.
//
// The weights are read along o, so each product is a dot product and both tiles hold vec4 along the depth.
// Banks: row r of w holds its vec4 d at place d ^ (r / 2 mod 4), and channel c lies in row c / 4 of a quarter for each c mod 4.
// Quarters, and the steps of COLUMNS within them, are multiples of 8 rows and do not change r / 2 mod 4. So 8 neighbouring
// invocations read vec4 d of 8 neighbouring rows from 8 places that differ mod 8: all 32 banks once.
// #include "lib/thread.wgsl"

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
  inHeight: u32,
  inWidth: u32,
  inChannels: u32, // in vec4
  height: u32,
  width: u32,
  channels: u32, // in vec4
  phaseHeight: u32, // ceil(height / stride)
  phaseWidth: u32, // ceil(width / stride)
  phasePixels: u32, // n · phaseHeight · phaseWidth
  pixels: u32, // n · height · width
  splits: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  hasBias: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>; // [n, inHeight, inWidth, inChannels]
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // [kernelHeight, kernelWidth, 4 · channels, inChannels]
@group(0) @binding(2) var<storage, read> bias: array<vec4f>; // [channels]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [splits, n, height, width, channels]
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> xTile: array<vec4f, TILE_PIXELS * DEPTH>; // [TILE_PIXELS, DEPTH]
var<workgroup> wTile: array<vec4f, 4u * DEPTH * TILE_OUTPUTS>; // [4, TILE_OUTPUTS, DEPTH], places exchanged as above
var<workgroup> sharedGroup: u32;

// sum + a · b
fn addDot(a: vec4f, b: vec4f, sum: f32) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  // `%` tells the compiler the range, so that it adds no bounds checks.
  let local = thread.local % WORKGROUP;
  if (local == 0u) {
    sharedGroup = groupIndex(thread);
  }
  // The compiler must know that all invocations have the same value, because a loop with barriers depends on it.
  var group = workgroupUniformLoad(&sharedGroup);
  let outputTiles = (params.channels + TILE_OUTPUTS - 1u) / TILE_OUTPUTS;
  let pixelTiles = (params.phasePixels + TILE_PIXELS - 1u) / TILE_PIXELS;
  let firstOutput = group % outputTiles * TILE_OUTPUTS;
  group /= outputTiles;
  let firstPixel = group % pixelTiles * TILE_PIXELS;
  group /= pixelTiles;
  let split = group % params.splits;
  let phase = group / params.splits;
  // The first tap of the phase, how many it has, and the first output row and column it covers.
  let tapRow = phase / params.stride;
  let tapColumn = phase % params.stride;
  let tapRows = (max(params.kernelHeight, tapRow) - tapRow + params.stride - 1u) / params.stride;
  let tapColumns = (max(params.kernelWidth, tapColumn) - tapColumn + params.stride - 1u) / params.stride;
  let padding = i32(params.padding);
  let stride = i32(params.stride);
  let startRow = ((i32(tapRow) - padding) % stride + stride) % stride;
  let startColumn = ((i32(tapColumn) - padding) % stride + stride) % stride;
  let inHeight = i32(params.inHeight);
  let inWidth = i32(params.inWidth);
  let depth = tapRows * tapColumns * params.inChannels;
  let allSlices = (depth + DEPTH - 1u) / DEPTH;
  let slices = (allSlices + params.splits - 1u) / params.splits;

  // The place in the depth that this invocation stages, of both operands; its tap, counted within the phase, and its channel.
  var place = split * slices * DEPTH + local % DEPTH;
  var channel = place % params.inChannels;
  let tap = place / params.inChannels;
  // A phase without taps has no slices, so these values do not matter there.
  var kw = tap % max(tapColumns, 1u);
  var kh = tap / max(tapColumns, 1u);
  // For each pixel that it stages: image number, input position under tap (tapRow, tapColumn), where the input is read under
  // its own tap, and whether that is inside the image.
  var image: array<i32, X_LOADS>;
  var top: array<i32, X_LOADS>;
  var left: array<i32, X_LOADS>;
  var source: array<u32, X_LOADS>;
  var inside: array<bool, X_LOADS>;
  for (var i = 0u; i < X_LOADS; i++) { // @unroll
    let pixel = min(firstPixel + (i * WORKGROUP + local) / DEPTH, params.phasePixels - 1u);
    let line = pixel / params.phaseWidth;
    image[i] = i32(line / params.phaseHeight);
    top[i] = (startRow + i32(line % params.phaseHeight) * stride + padding - i32(tapRow)) / stride;
    left[i] = (startColumn + i32(pixel % params.phaseWidth) * stride + padding - i32(tapColumn)) / stride;
    let row = top[i] - i32(kh);
    let column = left[i] - i32(kw);
    inside[i] = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
    source[i] = select(0u, u32((image[i] * inHeight + row) * inWidth + column) * params.inChannels, inside[i]);
  }
  // The channels whose weights it stages, and where the weights of its tap begin. Past the last channel, it is that one again;
  // past the last tap, it is that one again, which is multiplied by zeros of x.
  var weightRow: array<u32, W_LOADS>;
  for (var i = 0u; i < W_LOADS; i++) { // @unroll
    let c = min(4u * firstOutput + (i * WORKGROUP + local) / DEPTH, 4u * params.channels - 1u);
    weightRow[i] = c * params.inChannels;
  }
  let tapSize = 4u * params.channels * params.inChannels;
  let lastTap = params.kernelHeight * params.kernelWidth - 1u;
  var weightTap = min((tapRow + kh * params.stride) * params.kernelWidth + tapColumn + kw * params.stride, lastTap) * tapSize;

  // What it multiplies.
  let pixelRow = local / COLUMNS % ROWS;
  let outputColumn = local % COLUMNS;
  let exchange = outputColumn / 2u % DEPTH;
  var sums: array<array<vec4f, OUTPUTS>, PIXELS>;
  for (var o = 0u; o < OUTPUTS; o++) { // @unroll
    let output = min(firstOutput + outputColumn + o * COLUMNS, params.channels - 1u);
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
    nextW[i] = w[weightTap + weightRow[i] + channel];
  }
  for (var slice = 0u; slice < slices; slice++) {
    workgroupBarrier();
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      xTile[i * WORKGROUP + local] = select(vec4f(), nextX[i], inside[i] && place < depth);
    }
    for (var i = 0u; i < W_LOADS; i++) { // @unroll
      let c = (i * WORKGROUP + local) / DEPTH % (4u * TILE_OUTPUTS);
      wTile[(c % 4u * TILE_OUTPUTS + c / 4u) * DEPTH + ((local ^ (c / 8u)) % DEPTH)] = nextW[i];
    }
    workgroupBarrier();
    place += DEPTH;
    channel += DEPTH;
    if (channel >= params.inChannels) {
      while (channel >= params.inChannels) {
        channel -= params.inChannels;
        kw++;
        if (kw == tapColumns) {
          kw = 0u;
          kh++;
        }
      }
      for (var i = 0u; i < X_LOADS; i++) { // @unroll
        let row = top[i] - i32(kh);
        let column = left[i] - i32(kw);
        inside[i] = row >= 0 && row < inHeight && column >= 0 && column < inWidth;
        source[i] = select(0u, u32((image[i] * inHeight + row) * inWidth + column) * params.inChannels, inside[i]);
      }
      weightTap = min((tapRow + kh * params.stride) * params.kernelWidth + tapColumn + kw * params.stride, lastTap) * tapSize;
    }
    // After the last slice, these loads are unused but still in bounds.
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      nextX[i] = x[source[i] + channel];
    }
    for (var i = 0u; i < W_LOADS; i++) { // @unroll
      nextW[i] = w[weightTap + weightRow[i] + channel];
    }
    for (var round = 0u; round < DEPTH / UNROLL; round++) {
      for (var u = 0u; u < UNROLL; u++) { // @unroll
        let d = round * UNROLL + u;
        var rows: array<array<vec4f, OUTPUTS>, 4>;
        for (var k = 0u; k < 4u; k++) { // @unroll
          for (var o = 0u; o < OUTPUTS; o++) { // @unroll
            rows[k][o] = wTile[(k * TILE_OUTPUTS + outputColumn + o * COLUMNS) * DEPTH + (d ^ exchange)];
          }
        }
        for (var p = 0u; p < PIXELS; p++) { // @unroll
          let v = xTile[(pixelRow + p * ROWS) * DEPTH + d];
          for (var o = 0u; o < OUTPUTS; o++) { // @unroll
            let sum = sums[p][o];
            sums[p][o] = vec4f(
              addDot(v, rows[0][o], sum.x),
              addDot(v, rows[1][o], sum.y),
              addDot(v, rows[2][o], sum.z),
              addDot(v, rows[3][o], sum.w),
            );
          }
        }
      }
    }
  }

  for (var p = 0u; p < PIXELS; p++) { // @unroll
    let pixel = firstPixel + pixelRow + p * ROWS;
    let line = pixel / params.phaseWidth;
    let row = u32(startRow) + line % params.phaseHeight * params.stride;
    let column = u32(startColumn) + pixel % params.phaseWidth * params.stride;
    let isPixel = pixel < params.phasePixels && row < params.height && column < params.width;
    let position = (line / params.phaseHeight * params.height + row) * params.width + column;
    for (var o = 0u; o < OUTPUTS; o++) { // @unroll
      let output = firstOutput + outputColumn + o * COLUMNS;
      if (isPixel && output < params.channels && phase < params.stride * params.stride) {
        y[(split * params.pixels + position) * params.channels + output] = sums[p][o];
      }
    }
  }
}
