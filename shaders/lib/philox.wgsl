// The high 32 bits of a · b, from products of 16 bits; no sum exceeds 32 bits.
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let middle = (a >> 16u) * (b & 0xffffu) + (((a & 0xffffu) * (b & 0xffffu)) >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// Philox-4x32-10: four random words for a counter and a key, those of `philox` in src/random.ts.
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let high = vec2u(multiplyHigh(c.z, 0xcd9e8d57u), multiplyHigh(c.x, 0xd2511f53u));
    c = vec4u(high.x ^ c.y ^ k.x, 0xcd9e8d57u * c.z, high.y ^ c.w ^ k.y, 0xd2511f53u * c.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
