// dx[n, h, w, c] = Σ_{i, j} k(i, h) · k(j, w) · dy[n, i, j, c], where k(i, h) is the weight with which line h is in line i of y
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of dx
  width: u32, // of dx
  channels: u32, // in Vec
  size: u32, // of dx, in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, ⌈height / 2⌉, ⌈width / 2⌉, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

// The weight with which place `place` of the input is in place `out` of the output. Reflection can count it twice.
fn weightOf(out: i32, place: i32, extent: i32) -> f32 {
  var weight = 0i;
  for (var a = -1i; a <= 1i; a++) {
    weight += select(0i, 2i - abs(a), reflectIndex(2i * out + a, extent) == place);
  }
  return f32(weight) / 4.0;
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let columns = (params.width + 1u) / 2u;
  let lines = (params.height + 1u) / 2u;
  let column = pixel % params.width;
  let line = pixel / params.width % params.height;
  let image = pixel / params.width / params.height * lines;
  // Also with reflection, an input is only in the outputs ⌊place / 2⌋ and, for odd places, the next one.
  let lastLine = min((line + 1u) / 2u, lines - 1u);
  let lastColumn = min((column + 1u) / 2u, columns - 1u);
  var sum = Vec(0.0);
  for (var h = line / 2u; h <= lastLine; h++) {
    let weight = weightOf(i32(h), i32(line), i32(params.height));
    for (var w = column / 2u; w <= lastColumn; w++) {
      sum += weight * weightOf(i32(w), i32(column), i32(params.width)) * dy[((image + h) * columns + w) * params.channels + channel];
    }
  }
  dx[i] = sum;
}
