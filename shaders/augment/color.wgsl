// y = k · (s · x + (1 − s) · m) + (1 − k) · M + shift · b, with m the mean of x over a pixel's channels, M that over its image.
//
// Linear in x and, with shift 0, its own transpose: dot(dy, color(x)) = dot(color(dy), x), since both means are averages.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  pixels: u32, // of an image
  channels: u32,
  size: u32, // pixels of all images
  shift: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [n, pixels, channels]
@group(0) @binding(1) var<storage, read> sums: array<f32>; // [n, channels], of x over the pixels
@group(0) @binding(2) var<storage, read> draws: array<f32>; // [n, 3]: b, s, k
@group(0) @binding(3) var<storage, read_write> y: array<f32>; // [n, pixels, channels]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let image = i / params.pixels;
  let saturation = draws[3u * image + 1u];
  let contrast = draws[3u * image + 2u];
  var ofPixel = 0.0;
  var ofImage = 0.0;
  for (var channel = 0u; channel < params.channels; channel++) {
    ofPixel += x[i * params.channels + channel];
    ofImage += sums[image * params.channels + channel];
  }
  let channels = f32(params.channels);
  let pixelShare = contrast * (1.0 - saturation) * ofPixel / channels;
  let imageShare = (1.0 - contrast) * ofImage / (channels * f32(params.pixels));
  let constant = pixelShare + imageShare + params.shift * draws[3u * image];
  for (var channel = 0u; channel < params.channels; channel++) {
    let place = i * params.channels + channel;
    y[place] = contrast * saturation * x[place] + constant;
  }
}
