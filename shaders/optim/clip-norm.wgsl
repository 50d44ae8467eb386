// x ← x · min(1, most / (sqrt(squares[0]) + 1e-6))
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  most: f32,
}

@group(0) @binding(0) var<storage, read> squares: array<f32>; // [1]
@group(0) @binding(1) var<storage, read_write> x: array<Vec>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  x[i] *= min(1.0, params.most / (sqrt(squares[0]) + 1e-6));
}
