// dx = dy · (1 − y²)
// #include "lib/unary-grad.wgsl"

fn g(y: Vec, dy: Vec) -> Vec {
  return dy * (1.0 - y * y);
}
