// How the norms share out x [n, pixels, channels]: a column is a channel of an image. A workgroup has LANES neighbouring columns
// and a range of their pixels. The invocations of a lane take turns at the pixels, one in each row.
const LANES: u32 = 8u; // @tune 8 are 128 bytes that lie together
const ROWS: u32 = WORKGROUP / LANES;
const BATCH: u32 = 1u; // @tune pixels that an invocation loads before it uses the first

struct Place {
  writes: bool, // false in lanes past the last column and in groups past the last range, which compute that one again
  image: u32,
  channel: u32,
  range: u32,
  start: u32, // where in x the range begins
  row: u32,
  count: u32, // pixels of the range
}

fn placeOf(thread: Thread) -> Place {
  let columns = params.images * params.channels;
  let blocks = (columns + LANES - 1u) / LANES;
  let group = groupIndex(thread);
  let wanted = group % blocks * LANES + thread.local % LANES;
  let column = min(wanted, columns - 1u);
  let image = column / params.channels;
  let channel = column % params.channels;
  let range = min(group / blocks, params.ranges - 1u);
  let first = range * params.pixelsPerRange;
  let start = (image * params.pixels + first) * params.channels + channel;
  let count = min(params.pixelsPerRange, params.pixels - first);
  let writes = wanted < columns && group / blocks < params.ranges;
  return Place(writes, image, channel, range, start, thread.local / LANES, count);
}
