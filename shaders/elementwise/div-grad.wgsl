// db = −dy · y / b, the gradient of the divisor of y = a / b
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
}

@group(0) @binding(0) var<storage, read> b: array<Vec>; // [size]
@group(0) @binding(1) var<storage, read> y: array<Vec>; // [size]
@group(0) @binding(2) var<storage, read> dy: array<Vec>; // [size]
@group(0) @binding(3) var<storage, read_write> db: array<Vec>; // [size]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  db[i] = -dy[i] * y[i] / b[i];
}
