// y = abs(x)
// #include "lib/unary.wgsl"

fn f(x: Vec) -> Vec {
  return abs(x);
}
