// dx = weight · rstd · (g − (Σ g + z · Σ g·z) / pixels), with z = (x − mean) · rstd and g = dy · a′(weight · z + bias);
// the sums over an image's pixels are added up from the parts of its ranges; a single range is summed up here.
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
@group(0) @binding(5) var<storage, read> parts: array<Vec>; // [n, ranges, 2, channels], as of backward-partial.wgsl
@group(0) @binding(6) var<storage, read_write> dx: array<Vec>; // [n, pixels, channels]
@group(0) @binding(7) var<uniform> params: Params;

fn imageSums(local: u32, place: Place) -> Sums {
  var own = Sums();
  for (var range = place.row; range < params.ranges; range += ROWS) {
    let at = 2u * (place.image * params.ranges + range) * params.channels + place.channel;
    own = added(own, Sums(parts[at], parts[at + params.channels]));
  }
  return addedRows(local, own, params.ranges);
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let place = placeOf(thread);
  let channel = channelOf(place);
  var all: Sums;
  if (params.ranges == 1u) {
    all = rangeSums(thread.local, place, channel);
  } else {
    all = imageSums(thread.local, place);
  }
  if (!place.writes) {
    return;
  }
  let averageG = all.g / f32(params.pixels);
  let averageGz = all.gz / f32(params.pixels);
  for (var first = place.row; first < place.count; first += BATCH * ROWS) {
    var terms: array<Terms, BATCH>;
    for (var i = 0u; i < BATCH; i++) { // @unroll
      terms[i] = termsAt(place.start + min(first + i * ROWS, place.count - 1u) * params.channels, channel);
    }
    for (var i = 0u; i < BATCH; i++) { // @unroll
      if (first + i * ROWS < place.count) {
        let at = place.start + (first + i * ROWS) * params.channels;
        dx[at] = channel.weight * channel.rstd * (terms[i].g - averageG - terms[i].z * averageGz);
      }
    }
  }
}
