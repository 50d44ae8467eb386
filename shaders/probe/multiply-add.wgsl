// How fast the device multiplies and adds. Two independent chains of vec4 hide the latency and still fit a processor's
// 16 registers (four chains do not, and run at half the speed); 16 links are written out in the loop's body, as
// software adapters run short bodies at a third of their speed.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  rounds: u32, // 256 floating-point operations each
  factor: f32, // below 1, so that the chains stay finite
}

@group(0) @binding(0) var<storage, read_write> y: array<vec4f>; // [threads]
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= arrayLength(&y)) {
    return;
  }
  let m = vec4f(params.factor);
  let n = vec4f(1.0) - m;
  var a = vec4f(1.0, 2.0, 3.0, 4.0) + f32(i);
  var b = a + 1.0;
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
    a = fma(a, m, n); b = fma(b, m, n);
  }
  y[i] = a + b;
}
