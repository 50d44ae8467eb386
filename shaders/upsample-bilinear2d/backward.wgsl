// dx[n, h, w, c] = Σ_{i, j} k(i, h) · k(j, w) · dy[n, i, j, c], where k(i, h) is the weight with which line h is in line i of y
//
// Line h is in the lines 2h − 1 … 2h + 2 with the weights (1, 3, 3, 1) / 4. What would fall outside is added to the edge itself,
// because the edge is repeated: 1 / 4 more at 2h for the first line, and at 2h + 1 for the last.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32, // of dx
  width: u32, // of dx
  channels: u32, // in Vec
  size: u32, // of dx, in Vec
}

@group(0) @binding(0) var<storage, read> dy: array<Vec>; // [n, 2 · height, 2 · width, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<Vec>; // [n, height, width, channels]
@group(0) @binding(2) var<uniform> params: Params;

// The weights of a place in the outputs 2 · place − 1 … 2 · place + 2.
fn weightsOf(place: u32, extent: u32) -> vec4f {
  let first = place == 0u;
  let last = place == extent - 1u;
  return vec4f(select(0.25, 0.0, first), select(0.75, 1.0, first), select(0.75, 1.0, last), select(0.25, 0.0, last));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let column = pixel % params.width;
  let line = pixel / params.width % params.height;
  let image = pixel / params.width / params.height * 2u * params.height;
  let lines = weightsOf(line, params.height);
  let columns = weightsOf(column, params.width);
  var sum = Vec(0.0);
  for (var a = 0u; a < 4u; a++) {
    // Outside the image the weight is 0, and any place will do.
    let h = clamp(2i * i32(line) + i32(a) - 1i, 0i, 2i * i32(params.height) - 1i);
    for (var b = 0u; b < 4u; b++) {
      let w = clamp(2i * i32(column) + i32(b) - 1i, 0i, 2i * i32(params.width) - 1i);
      let source = (image + u32(h)) * 2u * params.width + u32(w);
      sum += lines[a] * columns[b] * dy[source * params.channels + channel];
    }
  }
  dx[i] = sum;
}
