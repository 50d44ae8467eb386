// dx[i] = alpha · dy[0]: the gradient of a sum or a mean
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  alpha: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [1]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  dx[i] = Vec(params.alpha * dy[0]);
}
