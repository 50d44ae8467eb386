// average ← average + weight · (parameter − average), over an optimizer's arena
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // in vec4
  weight: f32, // 1 − decay
}

@group(0) @binding(0) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> averages: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let average = averages[i];
  averages[i] = average + params.weight * (parameters[i] - average);
}
