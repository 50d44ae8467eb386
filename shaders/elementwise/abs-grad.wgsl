// dx = dy · sign(x)
// #include "lib/unary-grad.wgsl"

fn g(x: Vec, dy: Vec) -> Vec {
  return dy * sign(x);
}
