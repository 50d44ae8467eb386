// y[row, j] = a[row, j] for j < aChannels, b[row, j − aChannels] from there on
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  aChannels: u32, // in Vec, as all channel counts
  bChannels: u32,
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> a: array<Vec>; // [rows, aChannels]
@group(0) @binding(1) var<storage, read> b: array<Vec>; // [rows, bChannels]
@group(0) @binding(2) var<storage, read_write> y: array<Vec>; // [rows, aChannels + bChannels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channels = params.aChannels + params.bChannels;
  let row = i / channels;
  let j = i % channels;
  if (j < params.aChannels) {
    y[i] = a[row * params.aChannels + j];
  } else {
    y[i] = b[row * params.bChannels + j - params.aChannels];
  }
}
