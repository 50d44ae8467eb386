// Mean and sum of squared deviations of each channel over each range of an image's pixels:
//
// parts[n, r, 0, c] = (Σ x) / count,  parts[n, r, 1, c] = Σ (x − mean)²
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"
// #include "lib/norm.wgsl"
// #include "lib/moments.wgsl"

const WORKGROUP: u32 = 128u; // @tune

struct Params {
  images: u32, // n
  pixels: u32, // of one image
  pixelsPerRange: u32,
  ranges: u32,
  channels: u32, // in Vec
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read_write> parts: array<Vec>; // [n, ranges, 2, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let place = placeOf(thread);
  let all = rangeMoments(thread.local, place);
  if (place.row == 0u && place.writes) {
    let at = 2u * (place.image * params.ranges + place.range) * params.channels + place.channel;
    parts[at] = all.mean;
    parts[at + params.channels] = all.squares;
  }
}
