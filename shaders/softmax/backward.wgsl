// dx = y · (dy − Σ_j dy[r, j] · y[r, j])
// #include "lib/softmax-grad.wgsl"

fn term(y: f32, dy: f32) -> f32 {
  return dy * y;
}

fn g(y: f32, dy: f32, total: f32) -> f32 {
  return y * (dy - total);
}
