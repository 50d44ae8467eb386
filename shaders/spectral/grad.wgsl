// dx[k, o] = (dy[k, o] − along[0] · v[k] · u[o]) / sigma[0], with along = Σ dy · y
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  columns: u32, // in Vec
  size: u32, // in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [rows, columns]
@group(0) @binding(1) var<storage, read> u: array<Vec>; // [columns]
@group(0) @binding(2) var<storage, read> v: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read> sigma: array<f32>; // [1]
@group(0) @binding(4) var<storage, read> along: array<f32>; // [1]
@group(0) @binding(5) var<storage, read_write> dx: array<Vec>; // [rows, columns]
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let outer = v[i / params.columns] * u[i % params.columns];
  dx[i] = (dy[i] - along[0] * outer) / sigma[0];
}
