// y[0] = alpha · Σ_i partials[i], by one workgroup
// #include "lib/reduce.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32,
  alpha: f32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [1]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < params.size; i += WORKGROUP) {
    sum += partials[i];
  }
  let total = workgroupSum(local, sum);
  if (local == 0u) {
    y[0] = params.alpha * total;
  }
}
