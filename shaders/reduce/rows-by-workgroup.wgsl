// y[g, j] = Σ_row x[g, row, j], a workgroup for COLUMNS columns
//
// Its invocations form a block COLUMNS wide. Each sums every row that is a multiple of the block's height away, and these sums
// are added in halves: a fixed order. See src/ops/lib/reduce-rows.ts.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 256u; // @tune
const COLUMNS: u32 = 16u; // @tune a power of 2, as WORKGROUP
const HEIGHT: u32 = WORKGROUP / COLUMNS;

struct Params {
  rows: u32, // of one group
  columns: u32, // in Vec
  blocks: u32, // of COLUMNS columns in a group
  groups: u32,
  adds: u32, // 1: adds to y; 0: overwrites y
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [groups, rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [groups, columns]
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> sums: array<Vec, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let block = groupIndex(thread);
  let group = block / params.blocks;
  let column = block % params.blocks * COLUMNS + thread.local % COLUMNS;
  let inside = group < params.groups && column < params.columns;
  var sum = Vec(0.0);
  if (inside) {
    for (var row = thread.local / COLUMNS; row < params.rows; row += HEIGHT) {
      sum += x[(group * params.rows + row) * params.columns + column];
    }
  }
  sums[thread.local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half >= COLUMNS; half /= 2u) {
    if (thread.local < half) {
      sums[thread.local] += sums[thread.local + half];
    }
    workgroupBarrier();
  }
  if (inside && thread.local < COLUMNS) {
    let place = group * params.columns + column;
    var total = sums[thread.local];
    if (params.adds != 0u) {
      total += y[place];
    }
    y[place] = total;
  }
}
