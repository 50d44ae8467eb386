// y[g, r, j] = Σ over the rows of range r of x[g, row, j]: sums runs of rows, column by column.
//
// Many rows are summed in two stages, each in a fixed order; see src/ops/lib/reduce-rows.ts.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rows: u32, // of one group
  rowsPerRange: u32,
  ranges: u32,
  columns: u32, // in Vec
  size: u32, // groups · ranges · columns
  adds: u32, // 1: adds to y; 0: overwrites y
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [groups, rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [groups, ranges, columns]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let column = i % params.columns;
  let range = i / params.columns % params.ranges;
  let group = i / params.columns / params.ranges;
  let start = range * params.rowsPerRange;
  let end = min(start + params.rowsPerRange, params.rows);
  var sum = Vec(0.0);
  for (var row = start; row < end; row++) {
    sum += x[(group * params.rows + row) * params.columns + column];
  }
  if (params.adds != 0u) {
    sum += y[i];
  }
  y[i] = sum;
}
