// the derivative of the binary cross entropy of sigmoid(x): sigmoid(x) − t
// #include "lib/loss-grad.wgsl"

fn derivative(x: Vec, t: Vec) -> Vec {
  let e = exp(-abs(x));
  return select(e, Vec(1.0), x >= Vec(0.0)) / (1.0 + e) - t;
}
