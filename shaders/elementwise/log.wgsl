// y = ln(x)
// #include "lib/unary.wgsl"

fn f(x: Vec) -> Vec {
  return log(x);
}
