// y[row, offset + j] = x[row, start + j] for j < count; zero where start + j is no channel of x
//
// Cuts out and pads channels.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32,
  count: u32, // all channel counts in Vec
  xChannels: u32,
  yChannels: u32,
  start: i32,
  offset: u32,
  adds: u32, // 1: to what y holds; 0: y is overwritten
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [rows, xChannels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [rows, yChannels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.rows * params.count) {
    return;
  }
  let row = i / params.count;
  let j = i % params.count;
  let source = params.start + i32(j);
  var value = Vec(0.0);
  if (source >= 0 && source < i32(params.xChannels)) {
    value = x[row * params.xChannels + u32(source)];
  }
  let place = row * params.yChannels + params.offset + j;
  if (params.adds != 0u) {
    value += y[place];
  }
  y[place] = value;
}
