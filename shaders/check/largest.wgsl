// largest[slot] ← max(largest[slot], max_i |x[start + i]|), all of them as bits: without the sign, floats order as their bits do,
// infinity above every number and NaN above infinity. Integers, because WGSL compilers may assume that floats are finite;
// an atomic maximum does not depend on the order.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  start: u32,
  size: u32,
  threads: u32,
  slot: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>; // [start + size], the bits of floats
@group(0) @binding(1) var<storage, read_write> largest: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let t = threadIndex(thread);
  if (t >= params.threads) {
    return;
  }
  var most = 0u;
  for (var i = t; i < params.size; i += params.threads) {
    most = max(most, x[params.start + i] & 0x7fffffffu);
  }
  atomicMax(&largest[params.slot], most);
}
