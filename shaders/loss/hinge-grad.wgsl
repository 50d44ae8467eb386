// d max(0, 1 − t · x) / dx = −t where t · x < 1, else 0
// #include "lib/loss-grad.wgsl"

fn derivative(x: Vec, t: Vec) -> Vec {
  return select(Vec(0.0), -t, t * x < Vec(1.0));
}
