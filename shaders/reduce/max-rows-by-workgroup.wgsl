// y[g, j] = max_r x[g, r, j] and places[g, j] = the first r with this value, a workgroup for each g, j
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune a power of 2

struct Params {
  rows: u32, // of one group, at least WORKGROUP
  columns: u32,
  size: u32, // groups · columns
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [groups, rows, columns]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [groups, columns]
@group(0) @binding(2) var<storage, read_write> places: array<f32>; // [groups, columns]
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> values: array<f32, WORKGROUP>;
var<workgroup> rows: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let own = groupIndex(thread);
  // A group past the last repeats it, because all invocations must reach the barriers.
  let group = min(own, params.size - 1u);
  let start = group / params.columns * params.rows * params.columns + group % params.columns;
  let local = thread.local;
  var largest = x[start + local * params.columns];
  var place = local;
  for (var r = local + WORKGROUP; r < params.rows; r += WORKGROUP) {
    let value = x[start + r * params.columns];
    if (value > largest) {
      largest = value;
      place = r;
    }
  }
  values[local] = largest;
  rows[local] = place;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      let other = values[local + half];
      let isFirst = other == values[local] && rows[local + half] < rows[local];
      if (other > values[local] || isFirst) {
        values[local] = other;
        rows[local] = rows[local + half];
      }
    }
    workgroupBarrier();
  }
  if (local == 0u && own < params.size) {
    y[own] = values[0];
    places[own] = f32(rows[0]);
  }
}
