// y = alpha · a / b
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  alpha: f32,
}

@group(0) @binding(0) var<storage, read> a: array<Vec>; // [size]
@group(0) @binding(1) var<storage, read> b: array<Vec>; // [size]
@group(0) @binding(2) var<storage, read_write> y: array<Vec>; // [size]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  y[i] = params.alpha * a[i] / b[i];
}
