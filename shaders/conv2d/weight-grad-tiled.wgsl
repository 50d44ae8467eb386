// The same sum as weight-grad.wgsl, for GPUs: operands are staged in workgroup memory, where a whole tile shares them.
//
// partials[s, kh, kw, c, o] = Σ_{pixels of split s} x[n, oh·stride + kh − padding, ow·stride + kw − padding, c] · dy[n, oh, ow, o]
//
// A GEMM of inputs × o over the pixels, where the inputs are the vec4 of (kh, kw, c), counted through in that order. A
// workgroup owns TILE_INPUTS × TILE_OUTPUTS vec4, an invocation INPUTS × OUTPUTS of them; the pixels are taken in slices of
// SLICE. Costs as in forward-tiled.wgsl, with TILE_PIXELS = 4·TILE_INPUTS: the tiles have the same sizes.
// Banks: 8 neighbouring invocations read 8 neighbouring vec4 of dy, all 32 banks once, and one and the same vec4 of x.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 128u; // @tune
const COLUMNS: u32 = 8u; // @tune
const INPUTS: u32 = 2u; // @tune
const OUTPUTS: u32 = 2u; // @tune
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
  pixels: u32, // n · outHeight · outWidth
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
  let local = thread.local;
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

  // What this invocation stages of x: tap, channel, and the pixels from this one on in steps of X_STEP.
  let stagedInput = firstInput + local % TILE_INPUTS;
  let channel = stagedInput % params.channels;
  let tap = stagedInput / params.channels;
  let kh = i32(tap / params.kernelWidth) - i32(params.padding);
  let kw = i32(tap % params.kernelWidth) - i32(params.padding);
  let start = split * params.slicesPerSplit * SLICE;
  var pixel = start + local / TILE_INPUTS;
  var outColumn = pixel % params.outWidth;
  var outRow = pixel / params.outWidth % params.outHeight;
  var image = pixel / params.outWidth / params.outHeight;
  // What it stages of dy.
  let stagedOutput = firstOutput + local % TILE_OUTPUTS;
  var dyPixel = start + local / TILE_OUTPUTS;

  // What it multiplies.
  let inputRow = local / COLUMNS;
  let outputColumn = local % COLUMNS;
  var sums: array<array<vec4f, OUTPUTS>, 4u * INPUTS>;

  var nextX: array<vec4f, X_LOADS>;
  var nextDy: array<vec4f, DY_LOADS>;
  // One round more than slices: the first only loads.
  for (var slice = 0u; slice <= params.slicesPerSplit; slice++) {
    if (slice > 0u) {
      workgroupBarrier();
      for (var i = 0u; i < X_LOADS; i++) {
        xTile[i * WORKGROUP + local] = nextX[i];
      }
      for (var i = 0u; i < DY_LOADS; i++) {
        dyTile[i * WORKGROUP + local] = nextDy[i];
      }
      workgroupBarrier();
    }
    if (slice < params.slicesPerSplit) {
      for (var i = 0u; i < X_LOADS; i++) {
        var row = i32(outRow * params.stride) + kh;
        var column = i32(outColumn * params.stride) + kw;
        if (params.reflect != 0u) {
          row = reflectIndex(row, height);
          column = reflectIndex(column, width);
        }
        let within = pixel < params.pixels && stagedInput < inputs;
        let inside = within && row >= 0 && row < height && column >= 0 && column < width;
        let source = select(0u, u32((i32(image) * height + row) * width + column) * params.channels + channel, inside);
        nextX[i] = select(vec4f(), x[source], inside);
        pixel += X_STEP;
        outColumn += X_STEP;
        while (outColumn >= params.outWidth) {
          outColumn -= params.outWidth;
          outRow++;
          if (outRow == params.outHeight) {
            outRow = 0u;
            image++;
          }
        }
      }
      for (var i = 0u; i < DY_LOADS; i++) {
        let inside = dyPixel < params.pixels && stagedOutput < params.outChannels;
        nextDy[i] = select(vec4f(), dy[select(0u, dyPixel * params.outChannels + stagedOutput, inside)], inside);
        dyPixel += DY_STEP;
      }
    }
    if (slice > 0u) {
      for (var k = 0u; k < SLICE; k++) {
        var gradients: array<vec4f, OUTPUTS>;
        for (var o = 0u; o < OUTPUTS; o++) {
          gradients[o] = dyTile[k * TILE_OUTPUTS + outputColumn + o * COLUMNS];
        }
        for (var c = 0u; c < INPUTS; c++) {
          let v = xTile[k * TILE_INPUTS + inputRow + c * ROWS];
          for (var o = 0u; o < OUTPUTS; o++) {
            sums[4u * c][o] = fma(v.xxxx, gradients[o], sums[4u * c][o]);
            sums[4u * c + 1u][o] = fma(v.yyyy, gradients[o], sums[4u * c + 1u][o]);
            sums[4u * c + 2u][o] = fma(v.zzzz, gradients[o], sums[4u * c + 2u][o]);
            sums[4u * c + 3u][o] = fma(v.wwww, gradients[o], sums[4u * c + 3u][o]);
          }
        }
      }
    }
  }

  for (var c = 0u; c < 4u * INPUTS; c++) {
    let input = firstInput + inputRow + c / 4u * ROWS;
    for (var o = 0u; o < OUTPUTS; o++) {
      let output = firstOutput + outputColumn + o * COLUMNS;
      if (input < inputs && output < params.outChannels && split < params.splits) {
        partials[((split * inputs + input) * 4u + c % 4u) * params.outChannels + output] = sums[c][o];
      }
    }
  }
}
