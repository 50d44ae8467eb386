// How an image is moved and which rectangle is cut out of it; whole numbers in pixels.
struct PlaceDraw {
  shift: vec2i, // down, right
  corner: vec2i, // of the rectangle that is cut out: top, left; it may lie partly outside
  extent: vec2i, // its height and width
}

// draws: [n, 6]: down, right, top, left, height, width
fn placeDraw(image: u32) -> PlaceDraw {
  let at = 6u * image;
  return PlaceDraw(
    vec2i(i32(draws[at]), i32(draws[at + 1u])),
    vec2i(i32(draws[at + 2u]), i32(draws[at + 3u])),
    vec2i(i32(draws[at + 4u]), i32(draws[at + 5u])),
  );
}

fn isCut(draw: PlaceDraw, place: vec2i) -> bool {
  return all(place >= draw.corner) && all(place < draw.corner + draw.extent);
}

fn isInside(place: vec2i) -> bool {
  return all(place >= vec2i(0)) && all(place < vec2i(i32(params.height), i32(params.width)));
}

fn pixelAt(image: u32, place: vec2i) -> u32 {
  return u32((i32(image * params.height) + place.x) * i32(params.width) + place.y);
}
