// d|x − t| / dx = sign(x − t), 0 if they are equal
// #include "lib/loss-grad.wgsl"

fn derivative(x: Vec, t: Vec) -> Vec {
  return sign(x - t);
}
