// A workgroup a row of x [rows, columns]. A folded dispatch may have workgroups without a row, whose row has no columns.
// The includer has params.rows and params.columns.
// #include "lib/thread.wgsl"
// #include "lib/reduce.wgsl"
struct Row {
  index: u32,
  start: u32, // of the row in memory
  columns: u32,
}

fn rowOf(thread: Thread) -> Row {
  let row = groupIndex(thread);
  return Row(row, row * params.columns, select(0u, params.columns, row < params.rows));
}
