// dx[i] = g(kept[i], dy[i])
//
// The includer defines fn g(kept: Vec, dy: Vec) -> Vec. `kept` is x or y = f(x), as its op keeps.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in Vec
}

@group(0) @binding(0) var<storage, read> kept: array<Vec>; // [size]
@group(0) @binding(1) var<storage, read> dy: array<Vec>; // [size]
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>; // [size]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  dx[i] = g(kept[i], dy[i]);
}
