// The terms that a norm's backward pass sums up: g = dy · a′(weight · z + bias) and g · z, with z = (x − mean) · rstd.
struct Channel {
  mean: Vec,
  rstd: Vec,
  weight: Vec,
  bias: Vec,
}

fn channelOf(place: Place) -> Channel {
  let at = 2u * place.image * params.channels + place.channel;
  let mean = statistics[at];
  let rstd = statistics[at + params.channels];
  if (params.affine == 0u) {
    return Channel(mean, rstd, Vec(1.0), Vec(0.0));
  }
  return Channel(mean, rstd, weight[place.channel], bias[place.channel]);
}

struct Terms {
  g: Vec,
  z: Vec,
}

fn termsAt(at: u32, channel: Channel) -> Terms {
  let z = (x[at] - channel.mean) * channel.rstd;
  return Terms(dy[at] * select(Vec(params.slope), Vec(1.0), channel.weight * z + channel.bias > Vec(0.0)), z);
}

// Σ g and Σ g · z.
struct Sums {
  g: Vec,
  gz: Vec,
}

fn added(a: Sums, b: Sums) -> Sums {
  return Sums(a.g + b.g, a.gz + b.gz);
}

var<workgroup> sums: array<Sums, WORKGROUP>;

// The sums of all rows of a lane; every invocation gets them. `rows`: how many rows have values; the others are 0.
fn addedRows(local: u32, own: Sums, rows: u32) -> Sums {
  if (ROWS == 1u) {
    return own;
  }
  sums[local] = own;
  workgroupBarrier();
  // Many rows are added in halves, few one by one: a barrier costs more than a short loop.
  if (ROWS > 16u) {
    for (var half = ROWS / 2u; half > 0u; half /= 2u) {
      if (local < half * LANES) {
        sums[local] = added(sums[local], sums[local + half * LANES]);
      }
      workgroupBarrier();
    }
    return sums[local % LANES];
  }
  var all = sums[local % LANES];
  for (var row = 1u; row < min(rows, ROWS); row++) {
    all = added(all, sums[row * LANES + local % LANES]);
  }
  return all;
}

// The sums of a workgroup's range of pixels; every invocation gets those of its lane.
fn rangeSums(local: u32, place: Place, channel: Channel) -> Sums {
  var own = Sums();
  for (var first = place.row; first < place.count; first += BATCH * ROWS) {
    var terms: array<Terms, BATCH>;
    for (var i = 0u; i < BATCH; i++) { // @unroll
      terms[i] = termsAt(place.start + min(first + i * ROWS, place.count - 1u) * params.channels, channel);
    }
    for (var i = 0u; i < BATCH; i++) { // @unroll
      let g = select(Vec(0.0), terms[i].g, first + i * ROWS < place.count);
      own = added(own, Sums(g, g * terms[i].z));
    }
  }
  return addedRows(local, own, place.count);
}
