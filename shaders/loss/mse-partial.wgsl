// loss(x, t) = (x − t)²
// #include "lib/loss-partial.wgsl"

fn loss(x: Vec, t: Vec) -> Vec {
  let difference = x - t;
  return difference * difference;
}
