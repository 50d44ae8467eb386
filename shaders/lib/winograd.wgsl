// The matrices of Winograd's F(4×4, 3×3), by Lavin and Gray: y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ d B)]A for a 6×6 window d, 3×3 weights w
// and 4×4 outputs y. Loop counters select their rows and columns. On a software adapter the loops over a transform are kept,
// because an unrolled transform takes half a second to compile. That is why their bound is a parameter, `order`, which is 6. On a
// GPU they are unrolled, so that all loads of a transform are in flight at once.

// Element i of six whole numbers from −16 to 15.
fn pick(i: u32, a: i32, b: i32, c: i32, d: i32, e: i32, f: i32) -> f32 {
  let low = (a & 31) | ((b & 31) << 5u) | ((c & 31) << 10u);
  let high = (d & 31) | ((e & 31) << 5u) | ((f & 31) << 10u);
  return f32(extractBits(low | (high << 15u), 5u * i, 5u));
}

fn columnOfBt(i: u32) -> array<f32, 6> {
  return array<f32, 6>(
    pick(i, 4, 0, -5, 0, 1, 0),
    pick(i, 0, -4, -4, 1, 1, 0),
    pick(i, 0, 4, -4, -1, 1, 0),
    pick(i, 0, -2, -1, 2, 1, 0),
    pick(i, 0, 2, -1, -2, 1, 0),
    pick(i, 0, 4, 0, -5, 0, 1),
  );
}

fn rowOfBt(i: u32) -> array<f32, 6> {
  return array<f32, 6>(
    pick(i, 4, 0, 0, 0, 0, 0),
    pick(i, 0, -4, 4, -2, 2, 4),
    pick(i, -5, -4, -4, -1, -1, 0),
    pick(i, 0, 1, -1, 2, -2, -5),
    pick(i, 1, 1, 1, 1, 1, 0),
    pick(i, 0, 0, 0, 0, 0, 1),
  );
}

fn columnOfAt(i: u32) -> array<f32, 4> {
  return array<f32, 4>(
    pick(i, 1, 1, 1, 1, 1, 0),
    pick(i, 0, 1, -1, 2, -2, 0),
    pick(i, 0, 1, 1, 4, 4, 0),
    pick(i, 0, 1, -1, 8, -8, 1),
  );
}

fn rowOfAt(i: u32) -> array<f32, 6> {
  return array<f32, 6>(
    pick(i, 1, 0, 0, 0, 0, 0),
    pick(i, 1, 1, 1, 1, 0, 0),
    pick(i, 1, -1, 1, -1, 0, 0),
    pick(i, 1, 2, 4, 8, 0, 0),
    pick(i, 1, -2, 4, -8, 0, 0),
    pick(i, 0, 0, 0, 1, 0, 0),
  );
}

fn columnOfG(i: u32) -> array<f32, 6> {
  let unit = select(24.0, 6.0, i == 2u);
  return array<f32, 6>(
    pick(i, 6, 0, 0, 0, 0, 0) / unit,
    pick(i, -4, -4, -1, 0, 0, 0) / unit,
    pick(i, -4, 4, -1, 0, 0, 0) / unit,
    pick(i, 1, 2, 1, 0, 0, 0) / unit,
    pick(i, 1, -2, 1, 0, 0, 0) / unit,
    pick(i, 0, 0, 6, 0, 0, 0) / unit,
  );
}

fn rowOfG(i: u32) -> array<f32, 3> {
  return array<f32, 3>(
    pick(i, 6, -4, -4, 1, 1, 0) / 24.0,
    pick(i, 0, -4, 4, 2, -2, 0) / 24.0,
    pick(i, 0, -1, -1, 1, 1, 6) / 6.0,
  );
}
