// parts[n, r, 0, c] = Σ g,  parts[n, r, 1, c] = Σ g · z over range r of the pixels,
// with z = (x − mean) · rstd and g = dy · a′(weight · z + bias)
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/norm.wgsl"
// #include "lib/norm-sums.wgsl"

const WORKGROUP: u32 = 128u; // @tune

struct Params {
  images: u32, // n
  pixels: u32, // of one image
  pixelsPerRange: u32,
  ranges: u32,
  channels: u32, // in Vec
  slope: f32,
  affine: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> dy: array<Vec>; // [n, pixels, channels]
@group(0) @binding(2) var<storage, read> statistics: array<Vec>; // [n, 2, channels]: mean, rstd
@group(0) @binding(3) var<storage, read> weight: array<Vec>; // [channels]
@group(0) @binding(4) var<storage, read> bias: array<Vec>; // [channels]
@group(0) @binding(5) var<storage, read_write> parts: array<Vec>; // [n, ranges, 2, channels]
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let place = placeOf(thread);
  let all = rangeSums(thread.local, place, channelOf(place));
  if (place.row == 0u && place.writes) {
    let at = 2u * (place.image * params.ranges + place.range) * params.channels + place.channel;
    parts[at] = all.g;
    parts[at + params.channels] = all.gz;
  }
}
