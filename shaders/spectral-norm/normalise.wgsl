// y = x / max(‖x‖, epsilon), by one workgroup
// #include "lib/reduce.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < params.size; i += WORKGROUP) {
    sum += x[i] * x[i];
  }
  let norm = max(sqrt(workgroupSum(local, sum)), params.epsilon);
  for (var i = local; i < params.size; i += WORKGROUP) {
    y[i] = x[i] / norm;
  }
}
