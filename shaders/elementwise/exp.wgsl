// y = exp(x)
// #include "lib/unary.wgsl"

fn f(x: Vec) -> Vec {
  return exp(x);
}
