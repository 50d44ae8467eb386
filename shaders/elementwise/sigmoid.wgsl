// y = 1 / (1 + exp(−x)), from e = exp(−|x|) so that nothing overflows
// #include "lib/unary.wgsl"

fn f(x: Vec) -> Vec {
  let e = exp(-abs(x));
  return select(e, Vec(1.0), x >= Vec(0.0)) / (1.0 + e);
}
