// What the kernels of pooling share: their parameters, and where windows and pixels meet.
struct Params {
  height: u32, // of the image
  width: u32, // of the image
  channels: u32, // in Vec
  outHeight: u32, // windows
  outWidth: u32,
  kernel: u32,
  stride: u32,
  padding: u32,
  size: u32, // of the tensor that is written, in Vec
}

// The pixels of a window, cut at the edges of the image.
struct Window {
  channel: u32,
  image: u32, // the number of the first line of the image
  top: u32,
  bottom: u32, // excluded, as right
  left: u32,
  right: u32,
}

fn windowAt(i: u32) -> Window {
  let pixel = i / params.channels;
  let top = pixel / params.outWidth % params.outHeight * params.stride;
  let left = pixel % params.outWidth * params.stride;
  return Window(
    i % params.channels,
    pixel / params.outWidth / params.outHeight * params.height,
    max(top, params.padding) - params.padding,
    min(top + params.kernel - params.padding, params.height),
    max(left, params.padding) - params.padding,
    min(left + params.kernel - params.padding, params.width),
  );
}

// A pixel, and the windows that it is in.
struct Pixel {
  channel: u32,
  place: u32, // in its image
  image: u32, // the number of the first line of windows of the image
  firstLine: u32,
  lastLine: u32,
  firstColumn: u32,
  lastColumn: u32,
}

fn pixelAt(i: u32) -> Pixel {
  let pixel = i / params.channels;
  let column = pixel % params.width;
  let line = pixel / params.width % params.height;
  return Pixel(
    i % params.channels,
    line * params.width + column,
    pixel / params.width / params.height * params.outHeight,
    firstWindow(line),
    min((line + params.padding) / params.stride, params.outHeight - 1u),
    firstWindow(column),
    min((column + params.padding) / params.stride, params.outWidth - 1u),
  );
}

// The first window along an axis that reaches `place`.
fn firstWindow(place: u32) -> u32 {
  let end = place + params.padding + 1u;
  return (max(end, params.kernel) - params.kernel + params.stride - 1u) / params.stride;
}
