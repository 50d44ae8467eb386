// dweight[k, o] = (dy[k, o] − inner[0] · v[k] · u[o]) / sigma[0], with inner = Σ dy · y
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  columns: u32,
  size: u32, // of dweight
}

@group(0) @binding(0) var<storage, read> dy: array<f32>; // [rows, columns]
@group(0) @binding(1) var<storage, read> inner: array<f32>; // [1]
@group(0) @binding(2) var<storage, read> sigma: array<f32>; // [1]
@group(0) @binding(3) var<storage, read> u: array<f32>; // [columns]
@group(0) @binding(4) var<storage, read> v: array<f32>; // [rows]
@group(0) @binding(5) var<storage, read_write> dweight: array<f32>; // [rows, columns]
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  dweight[i] = (dy[i] - inner[0] * v[i / params.columns] * u[i % params.columns]) / sigma[0];
}
