// Judges the gradients of a step and sets the scale of the next step's loss. One invocation.
//
// If all gradients are finite, the step counts: its inverse scale is 1 / scale, and after `interval` such steps the scale doubles.
// Otherwise it is left out: its inverse scale is 0, and the scale halves. Below 1, halving has not helped, and nonFinite is set.
// With t the steps that counted, correction = 1 − β^t is kept as correction ← β · correction + (1 − β), which cancels nothing.
// Source: PyTorch's GradScaler.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 1u; // @tune

struct Params {
  interval: f32, // steps
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
}

@group(0) @binding(0) var<storage, read_write> largest: array<u32>; // [1]: the bits of the largest |gradient|
@group(0) @binding(1) var<storage, read_write> scaling: array<f32>; // [5]: scale, inverse scale, counted steps, corrections 1 and 2
@group(0) @binding(2) var<storage, read_write> scale: array<f32>; // [1]
@group(0) @binding(3) var<storage, read_write> nonFinite: array<u32>; // [1]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  if (threadIndex(thread) != 0u) {
    return;
  }
  var next = scaling[0];
  if (largest[0] < 0x7f800000u) {
    scaling[1] = 1.0 / next;
    scaling[2] += 1.0;
    scaling[3] = params.beta1 * scaling[3] + params.oneMinusBeta1;
    scaling[4] = params.beta2 * scaling[4] + params.oneMinusBeta2;
    if (scaling[2] == params.interval) {
      next *= 2.0;
      scaling[2] = 0.0;
    }
  } else {
    scaling[1] = 0.0;
    scaling[2] = 0.0;
    next *= 0.5;
    if (next < 1.0) {
      nonFinite[0] = 1u;
    }
  }
  scaling[0] = next;
  scale[0] = next;
  largest[0] = 0u;
}
