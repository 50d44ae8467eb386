// Mean and sum of squared deviations of each channel over a range of an image's pixels, in two passes over the range:
//
// means[n, r, c] = (Σ x) / count,  deviations[n, r, c] = Σ (x − mean)²
//
// A single range needs no joining: then deviations[n, 0, c] = rstd = 1 / sqrt(Σ (x − mean)² / pixels + epsilon).
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32, // of one image
  pixelsPerRange: u32,
  ranges: u32,
  channels: u32, // in Vec
  size: u32, // n · ranges · channels
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read_write> means: array<Vec>; // [n, ranges, channels]
@group(0) @binding(2) var<storage, read_write> deviations: array<Vec>; // [n, ranges, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let range = i / params.channels % params.ranges;
  let image = i / params.channels / params.ranges;
  let start = range * params.pixelsPerRange;
  let end = min(start + params.pixelsPerRange, params.pixels);
  let base = image * params.pixels * params.channels + channel;
  var sum = Vec(0.0);
  for (var pixel = start; pixel < end; pixel++) {
    sum += x[base + pixel * params.channels];
  }
  let mean = sum / f32(end - start);
  // The second pass also finds what rounding left out of the mean.
  var residue = Vec(0.0);
  var squares = Vec(0.0);
  for (var pixel = start; pixel < end; pixel++) {
    let deviation = x[base + pixel * params.channels] - mean;
    residue += deviation;
    squares += deviation * deviation;
  }
  let correction = residue / f32(end - start);
  squares -= residue * correction;
  means[i] = mean + correction;
  if (params.ranges == 1u) {
    squares = 1.0 / sqrt(squares / f32(params.pixels) + params.epsilon);
  }
  deviations[i] = squares;
}
