// y[r, j] = x[r, j] − ln Σ_i exp(x[r, i])
// #include "lib/softmax.wgsl"

fn f(logarithm: f32) -> f32 {
  return logarithm;
}
