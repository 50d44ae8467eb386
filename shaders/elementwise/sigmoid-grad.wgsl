// dx = dy · y · (1 − y)
// #include "lib/unary-grad.wgsl"

fn g(y: Vec, dy: Vec) -> Vec {
  return dy * y * (1.0 - y);
}
