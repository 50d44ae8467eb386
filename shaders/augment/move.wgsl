// y[n, p, c] = x[n, p − shift, c] where p − shift is in the image and p outside the hole, else 0.
// As adjoint: y[n, p, c] = x[n, p + shift, c] where p + shift is in the image and outside the hole, else 0.
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: i32,
  width: i32,
  channels: u32, // in Vec
  holeHeight: i32,
  holeWidth: i32,
  adjoint: u32,
  size: u32, // in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read> places: array<vec4f>; // [n]: shift (rows, columns), the hole's top and left
@group(0) @binding(2) var<storage, read_write> y: array<Vec>; // [n, height, width, channels]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i32(i / params.channels);
  let column = pixel % params.width;
  let row = pixel / params.width % params.height;
  let image = pixel / params.width / params.height;
  let place = vec4i(places[image]);
  let to = vec2i(row, column);
  let adjoint = params.adjoint != 0u;
  let extent = vec2i(params.height, params.width);
  let source = to - select(place.xy, -place.xy, adjoint);
  // The place in the result of the forward pass.
  let seen = select(to, source, adjoint);
  let hole = place.zw;
  let inside = all(source >= vec2i(0)) && all(source < extent);
  let cut = all(seen >= hole) && all(seen < hole + vec2i(params.holeHeight, params.holeWidth));
  if (!inside || cut) {
    y[i] = Vec(0.0);
    return;
  }
  let at = u32((image * params.height + source.x) * params.width + source.y);
  y[i] = x[at * params.channels + channel];
}
