// One step of stochastic gradient descent over a run of an optimizer's arenas.
//
// g ← g + weightDecay · p,  v ← momentum · v + share · g,  p ← p − lr · v, or p ← p − lr · (g + momentum · v) if it looks ahead.
// Source: PyTorch's SGD.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  start: u32, // of the run, in vec4
  size: u32, // of the run, in vec4
  lr: f32,
  momentum: f32,
  share: f32, // 1 − dampening, or 1 in the first step
  weightDecay: f32,
  nesterov: u32, // 1: looks ahead
}

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> velocities: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let index = threadIndex(thread);
  if (index >= params.size) {
    return;
  }
  let i = params.start + index;
  let g = gradients[i] + params.weightDecay * parameters[i];
  let v = params.momentum * velocities[i] + params.share * g;
  velocities[i] = v;
  parameters[i] -= params.lr * select(v, g + params.momentum * v, params.nesterov != 0u);
}
