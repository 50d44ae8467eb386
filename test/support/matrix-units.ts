/**
 * Rewrites a shader with subgroup matrices as plain code, so that any device can run it. A factor becomes its offset in workgroup
 * memory, and each lane has a part of the sums. Offsets, bounds, scales and the order of operations do not change. A function
 * rounds to f16, because `quantizeToF16` may truncate, as SwiftShader's does.
 */
export function withoutMatrixUnits(code: string): string {
  const [start = "", rest = ""] = code.split("@compute", 2);
  const written = `${start}
var<private> lane: u32;

// The nearest f16, of two the even one: to 11 bits, or to 2⁻²⁴ below 2⁻¹⁴.
fn toHalf(value: vec4f) -> vec4f {
  let exponent = max(vec4i((bitcast<vec4u>(value) >> vec4u(23u)) & vec4u(255u)) - 127, vec4i(-14)) - 10;
  let unit = bitcast<vec4f>(vec4u(127 + exponent) << vec4u(23u));
  let units = value * bitcast<vec4f>(vec4u(127 - exponent) << vec4u(23u));
  return round(units) * unit;
}

fn multiplyAdd(left: u32, right: u32, sums: Sums) -> Sums {
  var m = sums;
  for (var i = 0u; i < M * N / LANES; i++) {
    let row = (i * LANES + lane) / N;
    let column = (i * LANES + lane) % N;
    for (var d = 0u; d < K; d++) {
      m[i] += aTile[left + row * A_STRIDE + d / 4u][d % 4u] * bTile[right + d * B_STRIDE + column / 4u][column % 4u];
    }
  }
  return m;
}

fn multiplied(sums: Sums, factor: f32) -> Sums {
  var m = sums;
  for (var i = 0u; i < M * N / LANES; i++) {
    m[i] *= factor;
  }
  return m;
}

fn store(first: u32, sums: Sums) {
  for (var i = 0u; i < M * N / LANES; i++) {
    let place = i * LANES + lane;
    zStrips[first + place / N * TILE_COLUMNS + place % N / 4u][place % 4u] = sums[i];
  }
}

@compute${rest}`;
  const half = code.includes("alias Element = f16;");
  return written
    .replaceAll(/^enable (f16|chromium_experimental_subgroup_matrix);\n|^diagnostic\(off, chromium\.\w+\);\n/gm, "")
    .replace("alias Element = f16;", "alias Element = f32;")
    .replaceAll("vec4<Element>(value)", half ? "toHalf(value)" : "value")
    .replaceAll(/subgroup_matrix_(left|right)<\w+, \w, \w>/g, "u32")
    .replace("subgroup_matrix_result<f32, N, M>", "array<f32, M * N / LANES>")
    .replaceAll(/subgroupMatrixLoad<\w+, row_major>\(&\w+, (.+), \w_STRIDE\)/g, "$1")
    .replace("subgroupMatrixMultiplyAccumulate", "multiplyAdd")
    .replace("subgroupMatrixScalarMultiply", "multiplied")
    .replace(/subgroupMatrixStore<row_major>\(&zStrips, (.+), (sums\S+), TILE_COLUMNS\)/, "store($1, $2)")
    .replace("let local = thread.local % WORKGROUP;", "$&\n  lane = local % LANES;")
    .replaceAll(" // @unroll", "");
}
