// x ← the number nearest to x in −most … most
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  most: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<Vec>; // [size]
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  x[i] = clamp(x[i], Vec(-params.most), Vec(params.most));
}
