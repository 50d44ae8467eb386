// y[g, r, j] = x[g, rows − 1 − r, j]
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // of one group
  columns: u32, // in Vec
  size: u32, // groups · rows · columns
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [groups, rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [groups, rows, columns]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let line = i / params.columns;
  let row = line % params.rows;
  y[i] = x[(line - row + params.rows - 1u - row) * params.columns + i % params.columns];
}
