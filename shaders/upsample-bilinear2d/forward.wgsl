// y[n, h, w, c] = Σ_{a, b in {0, 1}} k[a] · k[b] · x[n, e(⌊h / 2⌋ + a · s(h)), e(⌊w / 2⌋ + b · s(w)), c] with k = (3, 1) / 4
//
// s is −1 for even places and 1 for odd ones, and e repeats the edges.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of x
  width: u32, // of x
  channels: u32, // in Vec
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [n, 2 · height, 2 · width, channels]
@group(0) @binding(2) var<uniform> params: Params;

// The other source of a place, beside place / 2.
fn neighbour(place: u32, extent: u32) -> u32 {
  let half = place / 2u;
  return select(half - min(half, 1u), min(half + 1u, extent - 1u), place % 2u == 1u);
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let column = pixel % (2u * params.width);
  let line = pixel / (2u * params.width) % (2u * params.height);
  let image = pixel / (2u * params.width) / (2u * params.height) * params.height;
  let near = (image + line / 2u) * params.width;
  let far = (image + neighbour(line, params.height)) * params.width;
  let left = column / 2u;
  let right = neighbour(column, params.width);
  let nearLine = 0.75 * x[(near + left) * params.channels + channel] + 0.25 * x[(near + right) * params.channels + channel];
  let farLine = 0.75 * x[(far + left) * params.channels + channel] + 0.25 * x[(far + right) * params.channels + channel];
  y[i] = 0.75 * nearLine + 0.25 * farLine;
}
