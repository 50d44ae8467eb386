// y[r, j] = exp(x[r, j]) / Σ_i exp(x[r, i])
// #include "lib/softmax.wgsl"

fn f(logarithm: f32) -> f32 {
  return exp(logarithm);
}
