// y[g, j] = max_r x[g, r, j] and places[g, j] = the first r with this value
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // of one group
  columns: u32,
  size: u32, // groups · columns
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [groups, rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [groups, columns]
@group(0) @binding(2) var<storage, read_write> places: array<f32>; // [groups, columns]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  var at = i / params.columns * params.rows * params.columns + i % params.columns;
  var largest = x[at];
  var place = 0u;
  for (var r = 1u; r < params.rows; r++) {
    at += params.columns;
    if (x[at] > largest) {
      largest = x[at];
      place = r;
    }
  }
  y[i] = largest;
  places[i] = f32(place);
}
