// partials[t] = Σ_i loss(x[j], target[j]), j = t + i · threads
//
// The includer defines fn loss(x: Vec, t: Vec) -> Vec.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  threads: u32,
  hasTarget: u32, // 0: every target is a constant, `first` before place `half`, in Vec, and `second` from there on
  half: u32,
  first: f32,
  second: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [size]
@group(0) @binding(1) var<storage, read> expected: array<Vec>; // [size]
@group(0) @binding(2) var<storage, read_write> partials: array<Vec>; // [threads]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let t = threadIndex(thread);
  if (t >= params.threads) {
    return;
  }
  var sum = Vec(0.0);
  for (var i = t; i < params.size; i += params.threads) {
    let value = x[i];
    let goal = select(Vec(select(params.second, params.first, i < params.half)), expected[i], params.hasTarget != 0u);
    sum += loss(value, goal);
  }
  partials[t] = sum;
}
