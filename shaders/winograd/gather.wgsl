// y[n, h, w, c] = bias[c] + Σ windows over every element of a window that shows the pixel, itself or reflected
//
// The adjoint of laying windows, 6 long and 4 apart, over a padded image. A gather, so no atomics: an axis shows pixel i at
// padding + i, and under reflection again at padding − i and at padding + 2 · (extent − 1) − i if those places lie in the
// padding. Each of these places lies in at most two windows.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  height: u32,
  width: u32,
  channels: u32, // in vec4
  tileRows: u32,
  tileColumns: u32,
  padding: u32,
  reflect: u32, // 1: the padding shows reflections; 0: zeros
  hasBias: u32,
  adds: u32, // 1: adds to y; 0: overwrites y
  size: u32, // of y, in vec4
  elements: u32, // of one k of windows, in vec4
}

@group(0) @binding(0) var<storage, read> windows: array<vec4f>; // [36, tiles, channels]
@group(0) @binding(1) var<storage, read> bias: array<vec4f>; // [channels]
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>; // [n, height, width, channels]
@group(0) @binding(3) var<uniform> params: Params;

// The places of a padded axis that show pixel i: the first as many as there are.
struct Places {
  place: array<u32, 3>,
  count: u32,
}

fn placesOf(i: u32, extent: u32) -> Places {
  let padding = params.padding;
  let low = params.reflect != 0u && i > 0u && i <= padding;
  let high = params.reflect != 0u && i + 1u < extent && i + padding + 1u >= extent;
  let last = padding + 2u * (extent - 1u) - i;
  return Places(array<u32, 3>(padding + i, select(last, padding - i, low), last), 1u + u32(low) + u32(high));
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) {
    return;
  }
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let line = pixel / params.width;
  let firstTile = line / params.height * params.tileRows;
  let rows = placesOf(line % params.height, params.height);
  let columns = placesOf(pixel % params.width, params.width);
  var sum = select(vec4f(), bias[channel], params.hasBias != 0u);
  for (var a = 0u; a < rows.count; a++) {
    let row = select(select(rows.place[2], rows.place[1], a == 1u), rows.place[0], a == 0u);
    for (var b = 0u; b < columns.count; b++) {
      let column = select(select(columns.place[2], columns.place[1], b == 1u), columns.place[0], b == 0u);
      // A place lies in window place / 4, and the first two places of a window lie in the window before it too.
      for (var up = 0u; up < 2u; up++) {
        for (var back = 0u; back < 2u; back++) {
          let tileRow = row / 4u - up;
          let tileColumn = column / 4u - back;
          let down = row % 4u + 4u * up;
          let across = column % 4u + 4u * back;
          if (down < 6u && across < 6u && tileRow < params.tileRows && tileColumn < params.tileColumns) {
            let tile = (firstTile + tileRow) * params.tileColumns + tileColumn;
            sum += windows[(down * 6u + across) * params.elements + tile * params.channels + channel];
          }
        }
      }
    }
  }
  if (params.adds != 0u) {
    sum += y[i];
  }
  y[i] = sum;
}
