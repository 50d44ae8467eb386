// y[i0, i1, i2, i3] = x[i0 · stride0 + i1 · stride1 + i2 · stride2 + i3 · stride3]
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32,
  extent1: u32, // of y
  extent2: u32,
  extent3: u32,
  stride0: u32, // in x, of the axes of y
  stride1: u32,
  stride2: u32,
  stride3: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let i3 = i % params.extent3;
  let i2 = i / params.extent3 % params.extent2;
  let i1 = i / params.extent3 / params.extent2 % params.extent1;
  let i0 = i / params.extent3 / params.extent2 / params.extent1;
  y[i] = x[i0 * params.stride0 + i1 * params.stride1 + i2 * params.stride2 + i3 * params.stride3];
}
