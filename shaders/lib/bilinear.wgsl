// Where a place of a resized axis lies on the axis that it was resized from, without corners aligned: between the places `low` and
// `high`, of which it takes 1 − share and share. In whole numbers, so that both passes agree to the last bit.
struct Between {
  low: u32,
  high: u32,
  share: f32,
}

fn betweenOf(place: u32, extent: u32, outExtent: u32) -> Between {
  // (place + ½) · extent / outExtent − ½ = position / (2 · outExtent); positions before the first place count as 0.
  let position = max(i32((2u * place + 1u) * extent) - i32(outExtent), 0i);
  let low = u32(position) / (2u * outExtent);
  let rest = u32(position) % (2u * outExtent);
  return Between(low, min(low + 1u, extent - 1u), f32(rest) / f32(2u * outExtent));
}
