// Joins the ranges of statistics-partial.wgsl (Chan, Golub and LeVeque's update, all ranges at once):
//
// mean = Σ count_r · mean_r / pixels,  variance = Σ (deviations_r + count_r · (mean_r − mean)²) / pixels,
// rstd = 1 / sqrt(variance + epsilon)
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32,
  pixelsPerRange: u32,
  ranges: u32,
  channels: u32, // in Vec
  size: u32, // n · channels
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> means: array<Vec>; // [n, ranges, channels]
@group(0) @binding(1) var<storage, read> deviations: array<Vec>; // [n, ranges, channels]
@group(0) @binding(2) var<storage, read_write> mean: array<Vec>; // [n, channels]
@group(0) @binding(3) var<storage, read_write> rstd: array<Vec>; // [n, channels]
@group(0) @binding(4) var<uniform> params: Params;

fn countOf(range: u32) -> f32 {
  return f32(min(params.pixelsPerRange, params.pixels - range * params.pixelsPerRange));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let base = i / params.channels * params.ranges * params.channels + channel;
  let pixels = f32(params.pixels);
  var total = Vec(0.0);
  for (var range = 0u; range < params.ranges; range++) {
    total += means[base + range * params.channels] * (countOf(range) / pixels);
  }
  var squares = Vec(0.0);
  for (var range = 0u; range < params.ranges; range++) {
    let at = base + range * params.channels;
    let shift = means[at] - total;
    squares += deviations[at] + shift * shift * countOf(range);
  }
  mean[i] = total;
  rstd[i] = 1.0 / sqrt(squares / pixels + params.epsilon);
}
