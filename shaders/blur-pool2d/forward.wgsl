// y[n, h, w, c] = Σ_{a, b in {−1, 0, 1}} k[a] · k[b] · x[n, r(2h + a), r(2w + b), c] with k = (1, 2, 1) / 4, where r reflects at the edges
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of x
  width: u32, // of x
  channels: u32, // in Vec
  size: u32, // of y, in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<Vec>; // [n, ⌈height / 2⌉, ⌈width / 2⌉, channels]
@group(0) @binding(2) var<uniform> params: Params;

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
  let column = 2i * i32(pixel % columns);
  let line = 2i * i32(pixel / columns % lines);
  let image = pixel / columns / lines * params.height;
  var sum = Vec(0.0);
  for (var a = -1i; a <= 1i; a++) {
    let row = (image + u32(reflectIndex(line + a, i32(params.height)))) * params.width;
    for (var b = -1i; b <= 1i; b++) {
      let source = row + u32(reflectIndex(column + b, i32(params.width)));
      sum += f32((2i - abs(a)) * (2i - abs(b))) / 16.0 * x[source * params.channels + channel];
    }
  }
  y[i] = sum;
}
