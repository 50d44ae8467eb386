// y[i] = Σ_j matrix[i · stride + j · step] · x[j], a workgroup for each i: a product with a matrix or with its transpose
// #include "lib/thread.wgsl"
// #include "lib/reduce.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  stride: u32,
  step: u32,
  terms: u32,
  size: u32, // of y
}

@group(0) @binding(0) var<storage, read> matrix: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read> x: array<f32>; // [terms]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [size]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = groupIndex(thread);
  let line = min(i, params.size - 1u);
  var sum = 0.0;
  for (var j = thread.local; j < params.terms; j += WORKGROUP) {
    sum += matrix[line * params.stride + j * params.step] * x[j];
  }
  let total = workgroupSum(thread.local, sum);
  if (thread.local == 0u && i < params.size) {
    y[i] = total;
  }
}
