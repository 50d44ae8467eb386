// partials[t] = Σ_i x[t + i · threads]
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
  threads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [size]
@group(0) @binding(1) var<storage, read_write> partials: array<Vec>; // [threads]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let t = threadIndex(thread);
  if (t >= params.threads) {
    return;
  }
  var sum = Vec(0.0);
  for (var i = t; i < params.size; i += params.threads) {
    sum += x[i];
  }
  partials[t] = sum;
}
