// d(x − t)² / dx = 2 · (x − t)
// #include "lib/loss-grad.wgsl"

fn derivative(x: Vec, t: Vec) -> Vec {
  return 2.0 * (x - t);
}
