// The largest element of a row and the logarithm of Σ exp(x − largest), which all invocations of a workgroup get.
// The includer binds x.
// #include "lib/row.wgsl"
struct RowSums {
  largest: f32,
  logSum: f32,
}

fn rowSums(local: u32, row: Row) -> RowSums {
  var largest = -3.4028234e38;
  for (var j = local; j < row.columns; j += WORKGROUP) {
    largest = max(largest, x[row.start + j]);
  }
  largest = workgroupMax(local, largest);
  // The maximum has been read by all before the sum overwrites it.
  workgroupBarrier();
  var sum = 0.0;
  for (var j = local; j < row.columns; j += WORKGROUP) {
    sum += exp(x[row.start + j] - largest);
  }
  return RowSums(largest, log(workgroupSum(local, sum)));
}
