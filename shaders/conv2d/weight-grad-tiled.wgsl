// The same sum as weight-grad.wgsl, for GPUs: operands are staged in workgroup memory, where a whole tile shares them.
//
// partials[s, kh, kw, c, o] = Σ_{pixels of split s} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · dy[n, oh, ow, o]
//
// A GEMM of inputs × o over the pixels, where the inputs are the vec4 of (kh, kw, c), counted through in that order. A
// workgroup owns TILE_INPUTS × TILE_OUTPUTS vec4, an invocation INPUTS × OUTPUTS of them; the pixels are taken in slices of
// SLICE in a line, so that all pixels of a slice share row and image; the rest of the last slice of a line is zero. Costs as in
// forward-tiled.wgsl, with TILE_PIXELS = 4·TILE_INPUTS: the tiles have the same sizes.
// Banks: 8 neighbouring invocations read 8 neighbouring vec4 of dy, all 32 banks once, and one and the same vec4 of x.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 128u; // @tune
const COLUMNS: u32 = 8u; // @tune
const INPUTS: u32 = 2u; // @tune
const OUTPUTS: u32 = 2u; // @tune
const UNROLL: u32 = 1u; // @tune
const SUBGROUP: u32 = 0u; // @tune lanes of a subgroup; 0: the driver decides
const SLICE: u32 = 16u;
const ROWS: u32 = WORKGROUP / COLUMNS;
const TILE_INPUTS: u32 = ROWS * INPUTS;
const TILE_OUTPUTS: u32 = COLUMNS * OUTPUTS;
const X_LOADS: u32 = SLICE * TILE_INPUTS / WORKGROUP;
const DY_LOADS: u32 = SLICE * TILE_OUTPUTS / WORKGROUP;
const X_STEP: u32 = WORKGROUP / TILE_INPUTS; // pixels that the workgroup stages of x in one load each
const DY_STEP: u32 = WORKGROUP / TILE_OUTPUTS;

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4
  outHeight: u32,
  outWidth: u32,
  outChannels: u32, // in vec4
  images: u32, // n
  splits: u32,
  slicesPerSplit: u32,
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

var<workgroup> xTile: array<vec4f, SLICE * TILE_INPUTS>; // [SLICE, TILE_INPUTS]
var<workgroup> dyTile: array<vec4f, SLICE * TILE_OUTPUTS>; // [SLICE, TILE_OUTPUTS]

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  // `%` tells the compiler the range, so that it adds no bounds checks.
  let local = thread.local % WORKGROUP;
  var group = groupIndex(thread);
  let inputs = params.kernelHeight * params.kernelWidth * params.channels;
  let outputTiles = (params.outChannels + TILE_OUTPUTS - 1u) / TILE_OUTPUTS;
  let inputTiles = (inputs + TILE_INPUTS - 1u) / TILE_INPUTS;
  let firstOutput = group % outputTiles * TILE_OUTPUTS;
  group /= outputTiles;
  let firstInput = group % inputTiles * TILE_INPUTS;
  let split = group / inputTiles;
  let height = i32(params.height);
  let width = i32(params.width);
  let reflects = params.reflect != 0u;

  // What this invocation stages of x: tap, channel, and places of a slice from this one on in steps of X_STEP.
  let stagedInput = min(firstInput + local % TILE_INPUTS, inputs - 1u);
  let channel = stagedInput % params.channels;
  let tap = stagedInput / params.channels;
  let kh = i32(tap / params.kernelWidth) - i32(params.padding);
  let kw = i32(tap % params.kernelWidth) - i32(params.padding);
  let xPlace = local / TILE_INPUTS;
  // What it stages of dy. Past the end, it is the last pixel again, which is multiplied by zeros of x.
  let stagedOutput = min(firstOutput + local % TILE_OUTPUTS, params.outChannels - 1u);
  let dyPlace = local / TILE_OUTPUTS;
  let lastDy = (params.images * params.outHeight * params.outWidth - 1u) * params.outChannels + stagedOutput;
  // The slice that is loaded next: its image, its row and its first column.
  let slicesOfLine = (params.outWidth + SLICE - 1u) / SLICE;
  let first = split * params.slicesPerSplit;
  var image = first / slicesOfLine / params.outHeight;
  var outRow = first / slicesOfLine % params.outHeight;
  var start = first % slicesOfLine * SLICE;

  // What it multiplies.
  let inputRow = local / COLUMNS % ROWS;
  let outputColumn = local % COLUMNS;
  var sums: array<array<vec4f, OUTPUTS>, 4u * INPUTS>;

  // Loads are straight-line code into registers, unchanged; only the store to workgroup memory waits for them.
  var inside: array<bool, X_LOADS>;
  var nextX: array<vec4f, X_LOADS>;
  var nextDy: array<vec4f, DY_LOADS>;
  {
    let y = i32(outRow * params.stride) + kh;
    let row = select(y, reflectIndex(y, height), reflects);
    let isRow = row >= 0 && row < height && image < params.images;
    let rowStart = (i32(image) * height + row) * width;
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      let outColumn = start + i * X_STEP + xPlace;
      let x0 = i32(outColumn * params.stride) + kw;
      let column = select(x0, reflectIndex(x0, width), reflects);
      inside[i] = isRow && outColumn < params.outWidth && column >= 0 && column < width;
      nextX[i] = x[select(0u, u32(rowStart + column) * params.channels, inside[i]) + channel];
    }
    let dyAt = ((image * params.outHeight + outRow) * params.outWidth + start + dyPlace) * params.outChannels + stagedOutput;
    for (var i = 0u; i < DY_LOADS; i++) { // @unroll
      nextDy[i] = dy[min(dyAt + i * DY_STEP * params.outChannels, lastDy)];
    }
  }
  for (var slice = 0u; slice < params.slicesPerSplit; slice++) {
    workgroupBarrier();
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      xTile[i * WORKGROUP + local] = select(vec4f(), nextX[i], inside[i]);
    }
    for (var i = 0u; i < DY_LOADS; i++) { // @unroll
      dyTile[i * WORKGROUP + local] = nextDy[i];
    }
    workgroupBarrier();
    // After the last slice, the loads below are unused but still in bounds.
    start += SLICE;
    if (start >= params.outWidth) {
      start = 0u;
      outRow++;
      if (outRow == params.outHeight) {
        outRow = 0u;
        image++;
      }
    }
    let y = i32(outRow * params.stride) + kh;
    let row = select(y, reflectIndex(y, height), reflects);
    let isRow = row >= 0 && row < height && image < params.images;
    let rowStart = (i32(image) * height + row) * width;
    for (var i = 0u; i < X_LOADS; i++) { // @unroll
      let outColumn = start + i * X_STEP + xPlace;
      let x0 = i32(outColumn * params.stride) + kw;
      let column = select(x0, reflectIndex(x0, width), reflects);
      inside[i] = isRow && outColumn < params.outWidth && column >= 0 && column < width;
      nextX[i] = x[select(0u, u32(rowStart + column) * params.channels, inside[i]) + channel];
    }
    let dyAt = ((image * params.outHeight + outRow) * params.outWidth + start + dyPlace) * params.outChannels + stagedOutput;
    for (var i = 0u; i < DY_LOADS; i++) { // @unroll
      nextDy[i] = dy[min(dyAt + i * DY_STEP * params.outChannels, lastDy)];
    }
    for (var round = 0u; round < SLICE / UNROLL; round++) {
      for (var u = 0u; u < UNROLL; u++) { // @unroll
        let k = round * UNROLL + u;
        var gradients: array<vec4f, OUTPUTS>;
        for (var o = 0u; o < OUTPUTS; o++) { // @unroll
          gradients[o] = dyTile[k * TILE_OUTPUTS + outputColumn + o * COLUMNS];
        }
        for (var c = 0u; c < INPUTS; c++) { // @unroll
          let v = xTile[k * TILE_INPUTS + inputRow + c * ROWS];
          for (var o = 0u; o < OUTPUTS; o++) { // @unroll
            sums[4u * c][o] = fma(v.xxxx, gradients[o], sums[4u * c][o]);
            sums[4u * c + 1u][o] = fma(v.yyyy, gradients[o], sums[4u * c + 1u][o]);
            sums[4u * c + 2u][o] = fma(v.zzzz, gradients[o], sums[4u * c + 2u][o]);
            sums[4u * c + 3u][o] = fma(v.wwww, gradients[o], sums[4u * c + 3u][o]);
          }
        }
      }
    }
  }

  for (var c = 0u; c < 4u * INPUTS; c++) { // @unroll
    let input = firstInput + inputRow + c / 4u * ROWS;
    for (var o = 0u; o < OUTPUTS; o++) { // @unroll
      let output = firstOutput + outputColumn + o * COLUMNS;
      if (input < inputs && output < params.outChannels && split < params.splits) {
        partials[((split * inputs + input) * 4u + c % 4u) * params.outChannels + output] = sums[c][o];
      }
    }
  }
}
