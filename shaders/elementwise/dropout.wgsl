// y[i] = scale · x[i] where random word i is at least `threshold`, else 0
//
// Words 4j … 4j + 3 are Philox of counter (j, 0, offset) and key `seed`, so a word only depends on those and its place.
// #include "lib/thread.wgsl"
// #include "lib/philox.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  size: u32,
  threshold: u32, // p · 2³²
  scale: f32, // 1 / (1 − p)
  seedLow: u32,
  seedHigh: u32,
  offsetLow: u32,
  offsetHigh: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let j = threadIndex(thread);
  if (j >= (params.size + 3u) / 4u) {
    return;
  }
  let words = philox(vec4u(j, 0u, params.offsetLow, params.offsetHigh), vec2u(params.seedLow, params.seedHigh));
  for (var lane = 0u; lane < 4u; lane++) { // @unroll
    let i = 4u * j + lane;
    if (i < params.size) {
      y[i] = select(0.0, params.scale * x[i], words[lane] >= params.threshold);
    }
  }
}
