var<workgroup> lanes: array<f32, WORKGROUP>;

// The sum of `value` over the workgroup, in a fixed order; every invocation gets it. WORKGROUP is a power of 2.
fn workgroupSum(local: u32, value: f32) -> f32 {
  lanes[local] = value;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      lanes[local] += lanes[local + half];
    }
    workgroupBarrier();
  }
  return lanes[0];
}

// The largest `value` of the workgroup; every invocation gets it.
fn workgroupMax(local: u32, value: f32) -> f32 {
  lanes[local] = value;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      lanes[local] = max(lanes[local], lanes[local + half]);
    }
    workgroupBarrier();
  }
  return lanes[0];
}
