// y = a(weight · z + bias) + skip, with z = (x − mean) · rstd and a(u) = u where u > 0, else slope · u;
// mean and rstd = 1 / sqrt(variance + epsilon) of each channel of an image are joined from the parts of its ranges; those of
// a single range are computed here.
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
  epsilon: f32,
  slope: f32, // 1: no activation; 0: ReLU
  affine: u32, // 0: weight is 1 and bias is 0
  residual: u32, // 0: skip is 0
}

@group(0) @binding(0) var<storage, read> x: array<Vec>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> parts: array<Vec>; // [n, ranges, 2, channels], as of statistics.wgsl
@group(0) @binding(2) var<storage, read> weight: array<Vec>; // [channels]
@group(0) @binding(3) var<storage, read> bias: array<Vec>; // [channels]
@group(0) @binding(4) var<storage, read> skip: array<Vec>; // [n, pixels, channels]
@group(0) @binding(5) var<storage, read_write> statistics: array<Vec>; // [n, 2, channels]: mean, rstd
@group(0) @binding(6) var<storage, read_write> y: array<Vec>; // [n, pixels, channels]
@group(0) @binding(7) var<uniform> params: Params;

fn imageMoments(local: u32, place: Place) -> Moments {
  var own = Moments();
  for (var range = place.row; range < params.ranges; range += ROWS) {
    let count = min(params.pixelsPerRange, params.pixels - range * params.pixelsPerRange);
    let at = 2u * (place.image * params.ranges + range) * params.channels + place.channel;
    own = joined(own, Moments(f32(count), parts[at], parts[at + params.channels]));
  }
  return joinedRows(local, own, params.ranges);
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let place = placeOf(thread);
  var all: Moments;
  if (params.ranges == 1u) {
    all = rangeMoments(thread.local, place);
  } else {
    all = imageMoments(thread.local, place);
  }
  let mean = all.mean;
  let rstd = 1.0 / sqrt(all.squares / f32(params.pixels) + params.epsilon);
  if (!place.writes) {
    return;
  }
  if (place.range == 0u && place.row == 0u) {
    let at = 2u * place.image * params.channels + place.channel;
    statistics[at] = mean;
    statistics[at + params.channels] = rstd;
  }
  var gain = Vec(1.0);
  var shift = Vec(0.0);
  if (params.affine != 0u) {
    gain = weight[place.channel];
    shift = bias[place.channel];
  }
  for (var first = place.row; first < place.count; first += BATCH * ROWS) {
    var values: array<Vec, BATCH>;
    var skips: array<Vec, BATCH>;
    for (var i = 0u; i < BATCH; i++) { // @unroll
      let at = place.start + min(first + i * ROWS, place.count - 1u) * params.channels;
      values[i] = x[at];
      if (params.residual != 0u) {
        skips[i] = skip[at];
      }
    }
    for (var i = 0u; i < BATCH; i++) { // @unroll
      let u = gain * ((values[i] - mean) * rstd) + shift;
      let value = select(params.slope * u, u, u > Vec(0.0));
      if (first + i * ROWS < place.count) {
        y[place.start + (first + i * ROWS) * params.channels] = value + skips[i];
      }
    }
  }
}
