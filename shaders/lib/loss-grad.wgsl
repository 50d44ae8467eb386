// dx[i] = alpha · dy[0] · derivative(x[i], target[i])
//
// The includer defines fn derivative(x: Vec, t: Vec) -> Vec.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  alpha: f32,
  hasTarget: u32, // 0: every target is a constant, `first` before place `half`, in Vec, and `second` from there on
  half: u32,
  first: f32,
  second: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [size]
@group(0) @binding(1) var<storage, read> expected: array<Vec>; // [size]
@group(0) @binding(2) var<storage, read> dy: array<f32>; // [1]
@group(0) @binding(3) var<storage, read_write> dx: array<Vec>; // [size]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let value = x[i];
  let goal = select(Vec(select(params.second, params.first, i < params.half)), expected[i], params.hasTarget != 0u);
  dx[i] = params.alpha * dy[0] * derivative(value, goal);
}
