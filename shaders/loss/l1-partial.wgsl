// loss(x, t) = |x − t|
// #include "lib/loss-partial.wgsl"

fn loss(x: Vec, t: Vec) -> Vec {
  return abs(x - t);
}
