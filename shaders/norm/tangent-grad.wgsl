// dx = −rstd / pixels · (q · dt + p · y + s · z) with z = (x − mean) · rstd, and with sums over the pixels of an image:
// p = Σ dy · z, q = Σ t · z, s = Σ dy · y. The derivation is in src/ops/norm/norm-tangent.ts.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32, // of x in Vec
  pixels: u32, // of one image
  channels: u32, // in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> y: array<Vec>; // [n, pixels, channels]
@group(0) @binding(2) var<storage, read> dt: array<Vec>; // [n, pixels, channels]
@group(0) @binding(3) var<storage, read> statistics: array<Vec>; // [n, 2, channels]: mean, rstd
@group(0) @binding(4) var<storage, read> sumsOfDy: array<Vec>; // [n, 2, channels]: Σ dy, p
@group(0) @binding(5) var<storage, read> sumsOfT: array<Vec>; // [n, 2, channels]: Σ t, q
@group(0) @binding(6) var<storage, read> products: array<Vec>; // [n, channels]: s
@group(0) @binding(7) var<storage, read_write> dx: array<Vec>; // [n, pixels, channels]
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let image = i / params.channels / params.pixels;
  let first = 2u * image * params.channels + channel;
  let second = first + params.channels;
  let rstd = statistics[second];
  let z = (x[i] - statistics[first]) * rstd;
  let terms = sumsOfT[second] * dt[i] + sumsOfDy[second] * y[i] + products[image * params.channels + channel] * z;
  dx[i] = -rstd / f32(params.pixels) * terms;
}
