// dx[g, r, j] = dy[g, j]: the gradient of a sum of rows
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // of one group
  columns: u32, // in Vec
  size: u32, // groups · rows · columns
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [groups, columns]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [groups, rows, columns]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let group = i / params.columns / params.rows;
  dx[i] = dy[group * params.columns + i % params.columns];
}
