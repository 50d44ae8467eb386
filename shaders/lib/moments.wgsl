// Count, mean and sum of squared deviations of a set of values.
struct Moments {
  count: f32,
  mean: Vec,
  squares: Vec,
}

// The moments of two sets together: Chan, Golub and LeVeque's update, which is Welford's if b has one value.
fn joined(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let distance = b.mean - a.mean;
  return Moments(count, a.mean + distance * share, a.squares + b.squares + distance * distance * (a.count * share));
}

var<workgroup> moments: array<Moments, WORKGROUP>;

// The moments of all rows of a lane together; every invocation gets them. `rows`: how many rows have values.
fn joinedRows(local: u32, own: Moments, rows: u32) -> Moments {
  if (ROWS == 1u) {
    return own;
  }
  moments[local] = own;
  workgroupBarrier();
  // Many rows are joined in halves, few one by one: a barrier costs more than a short loop.
  if (ROWS > 16u) {
    for (var half = ROWS / 2u; half > 0u; half /= 2u) {
      if (local < half * LANES) {
        moments[local] = joined(moments[local], moments[local + half * LANES]);
      }
      workgroupBarrier();
    }
    return moments[local % LANES];
  }
  var all = moments[local % LANES];
  for (var row = 1u; row < min(rows, ROWS); row++) {
    all = joined(all, moments[row * LANES + local % LANES]);
  }
  return all;
}

// The moments of a workgroup's range of pixels; every invocation gets those of its lane.
fn rangeMoments(local: u32, place: Place) -> Moments {
  // Subtract the first pixel, so that a mean far from 0 costs no digits.
  let origin = x[place.start];
  var own = Moments();
  for (var first = place.row; first < place.count; first += BATCH * ROWS) {
    var values: array<Vec, BATCH>;
    for (var i = 0u; i < BATCH; i++) { // @unroll
      values[i] = x[place.start + min(first + i * ROWS, place.count - 1u) * params.channels];
    }
    for (var i = 0u; i < BATCH; i++) { // @unroll
      let count = select(0.0, 1.0, first + i * ROWS < place.count);
      own = joined(own, Moments(count, values[i] - origin, Vec(0.0)));
    }
  }
  let all = joinedRows(local, own, place.count);
  return Moments(all.count, origin + all.mean, all.squares);
}
