// y = sqrt(x)
// #include "lib/unary.wgsl"

fn f(x: Vec) -> Vec {
  return sqrt(x);
}
