// The source of position i in 0 … extent − 1 padded by reflection, the edge not repeated. |overhang| < extent.
fn reflectIndex(i: i32, extent: i32) -> i32 {
  let last = extent - 1;
  return last - abs(last - abs(i));
}
