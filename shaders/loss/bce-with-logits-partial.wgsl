// partials[t] = Σ_i loss(x[j], target[j]), j = t + i · threads, with loss(x, t) = max(x, 0) − x · t + log(1 + exp(−|x|))
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

// log(1 + e) for e in [0, 1] = 2 · artanh(e / (2 + e)): a series in s² ≤ 1/9, where log would first round 1 + e. The first
// term left out is s¹⁵ / 15 < 5e-9.
fn logOnePlus(e: Vec) -> Vec {
  let s = e / (2.0 + e);
  let q = s * s;
  let tail = 1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)));
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * tail)));
}

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
    let e = exp(-abs(value));
    sum += max(value, Vec(0.0)) - value * goal + logOnePlus(e);
  }
  partials[t] = sum;
}
