// dx[g, r, j] = dy[g, j] where r = places[g, j], else 0
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // of one group
  columns: u32,
  size: u32, // groups · rows · columns
}

@group(0) @binding(0) var<storage, read> places: array<f32>; // [groups, columns]
@group(0) @binding(1) var<storage, read> dy: array<f32>; // [groups, columns]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>; // [groups, rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let row = i / params.columns % params.rows;
  let place = i / params.columns / params.rows * params.columns + i % params.columns;
  dx[i] = select(0.0, dy[place], f32(row) == places[place]);
}
