// loss(x, t) = max(x, 0) − x · t + log(1 + exp(−|x|)), the binary cross entropy of sigmoid(x)
// #include "lib/loss-partial.wgsl"

// log(1 + e) for e in [0, 1] = 2 · artanh(e / (2 + e)): a series in s² ≤ 1/9, because log(1 + e) would round 1 + e first. The
// first term left out is s¹⁵ / 15 < 5e-9.
fn logOnePlus(e: Vec) -> Vec {
  let s = e / (2.0 + e);
  let q = s * s;
  let tail = 1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)));
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * tail)));
}

fn loss(x: Vec, t: Vec) -> Vec {
  return max(x, Vec(0.0)) - x * t + logOnePlus(exp(-abs(x)));
}
