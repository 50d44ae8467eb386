// The largest element of a row and the logarithm of Σ exp(x − largest), which all invocations of a workgroup get.
// The includer binds x, and has includes thread.wgsl and reduce.wgsl.
struct RowSums {
  largest: f32,
  logSum: f32,
}

fn rowSums(local: u32, start: u32, columns: u32) -> RowSums {
  var largest = -3.4028234e38;
  for (var j = local; j < columns; j += WORKGROUP) {
    largest = max(largest, x[start + j]);
  }
  largest = workgroupMax(local, largest);
  // The maximum has been read by all before the sum overwrites it.
  workgroupBarrier();
  var sum = 0.0;
  for (var j = local; j < columns; j += WORKGROUP) {
    sum += exp(x[start + j] - largest);
  }
  return RowSums(largest, log(workgroupSum(local, sum)));
}
