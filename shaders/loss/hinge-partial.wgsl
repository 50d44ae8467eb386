// loss(x, t) = max(0, 1 − t · x)
// #include "lib/loss-partial.wgsl"

fn loss(x: Vec, t: Vec) -> Vec {
  return max(Vec(0.0), 1.0 - t * x);
}
