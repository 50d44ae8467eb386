// z[n, h, w, (kh · kernelWidth + kw) · channels + c] = x[n, rowStride · h + step · kh − padding, stride · w + step · kw − padding, c]
//
// What each tap of a kernel reads, as channels: see src/ops/conv/taps.ts. Outside x, that is its reflection or zero. The channels
// that fill z up to whole vec4 are zero.
// #include "lib/thread.wgsl"
// #include "lib/reflect.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32,
  tapHeight: u32,
  tapWidth: u32,
  tapChannels: u32, // kernelHeight · kernelWidth · channels in vec4, filled up
  kernelHeight: u32,
  kernelWidth: u32,
  rowStride: u32,
  stride: u32,
  step: i32,
  padding: i32,
  reflect: u32, // 1: what lies outside is reflected; 0: it is zero
  places: u32, // n · tapHeight · tapWidth
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [n, height, width, channels]
@group(0) @binding(1) var<storage, read_write> z: array<vec4f>; // [n, tapHeight, tapWidth, tapChannels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let place = threadIndex(thread);
  if (place >= params.places) {
    return;
  }
  let line = place / params.tapWidth;
  let image = i32(line / params.tapHeight);
  let top = i32(line % params.tapHeight * params.rowStride) - params.padding;
  let left = i32(place % params.tapWidth * params.stride) - params.padding;
  let height = i32(params.height);
  let width = i32(params.width);
  var channel = 0u;
  var kw = 0u;
  var kh = 0u;
  // An invocation walks over all taps of its place, since finding one from the index of a channel takes slow divisions.
  for (var i = 0u; i < params.tapChannels; i++) {
    var value = vec4f();
    for (var lane = 0u; lane < 4u; lane++) {
      var row = top + params.step * i32(kh);
      var column = left + params.step * i32(kw);
      if (params.reflect != 0u) {
        row = reflectIndex(row, height);
        column = reflectIndex(column, width);
      }
      if (kh < params.kernelHeight && row >= 0 && row < height && column >= 0 && column < width) {
        value[lane] = x[u32((image * height + row) * width + column) * params.channels + channel];
      }
      channel++;
      if (channel == params.channels) {
        channel = 0u;
        kw++;
      }
      if (kw == params.kernelWidth) {
        kw = 0u;
        kh++;
      }
    }
    z[place * params.tapChannels + i] = value;
  }
}
