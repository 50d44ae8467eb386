// z[k, row, column] = Σ_d a[k, row, d] · b[k, d, column]: 36 products of matrices, by the matrix units of a GPU
//
// A workgroup owns a tile of TILE_ROWS rows × TILE_COLUMNS columns of one k, a subgroup of it ROWS × COLUMNS matrices of M × N
// sums. The depth is taken in slices of DEPTH numbers, staged in workgroup memory as `Element`s. The loads of the next slice
// are in flight while this one is multiplied. Loads past an end are as in winograd/multiply-tiled.wgsl.
//
// Halves (HALF) end at 65,504 and lose bits below 2⁻¹⁴, so a and b are staged in units of a power of two each: the largest
// value that the workgroup has met so far becomes 2¹⁴ to 2¹⁵. When a slice brings a larger one, the sums follow.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 128u; // @tune
const LANES: u32 = 32u; // @tune of a subgroup
const M: u32 = 16u; // @tune
const N: u32 = 16u; // @tune
const K: u32 = 16u; // @tune
const ROWS: u32 = 2u; // @tune matrices of a subgroup below one another
const COLUMNS: u32 = 2u; // @tune matrices of a subgroup side by side
const ACROSS: u32 = 2u; // @tune subgroups side by side
const DEPTH: u32 = 32u; // @tune a multiple of K
const SKEW: u32 = 2u; // @tune vec4 between rows, 16 bytes of them, against conflicts of banks
const SUBGROUPS: u32 = WORKGROUP / LANES;
const DOWN: u32 = SUBGROUPS / ACROSS;
const STEPS: u32 = DEPTH / K;
const TILE_ROWS: u32 = DOWN * ROWS * M;
const TILE_COLUMNS: u32 = ACROSS * COLUMNS * N / 4u; // in vec4
const PLACES: u32 = DEPTH / 4u;
const A_STRIDE: u32 = PLACES + SKEW;
const B_STRIDE: u32 = TILE_COLUMNS + SKEW;
const A_LOADS: u32 = TILE_ROWS * PLACES / WORKGROUP;
const B_LOADS: u32 = DEPTH * TILE_COLUMNS / WORKGROUP;
const Z_STORES: u32 = DOWN * M * TILE_COLUMNS / WORKGROUP;

alias Left = subgroup_matrix_left<Element, K, M>;
alias Right = subgroup_matrix_right<Element, N, K>;
alias Sums = subgroup_matrix_result<f32, N, M>;

struct Params {
  rows: u32,
  depth: u32, // in vec4
  columns: u32, // in vec4
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [36, rows, depth]
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [36, 4 · depth, columns]
@group(0) @binding(2) var<storage, read_write> z: array<vec4f>; // [36, rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

// Places and strides of subgroup matrices count in vec4 here.
var<workgroup> aTile: array<vec4<Element>, TILE_ROWS * A_STRIDE>; // [TILE_ROWS, PLACES + SKEW]
var<workgroup> bTile: array<vec4<Element>, DEPTH * B_STRIDE>; // [DEPTH, TILE_COLUMNS + SKEW]
var<workgroup> zStrips: array<vec4f, DOWN * M * TILE_COLUMNS>; // [DOWN · M, TILE_COLUMNS]
var<workgroup> largest: array<atomic<u32>, 2>; // |a| and |b| so far, by their bits

fn largestOf(v: vec4f) -> f32 {
  let size = abs(v);
  return max(max(size.x, size.y), max(size.z, size.w));
}

// The binary exponent of the unit that values up to this one are staged in.
fn unitOf(bits: u32) -> i32 {
  return select(0, clamp(i32(bits >> 23u) - 127 - 14, -120, 113), HALF && bits != 0u);
}

fn power(exponent: i32) -> f32 {
  return bitcast<f32>(u32(clamp(exponent + 127, 0, 254)) << 23u);
}

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let local = thread.local % WORKGROUP;
  var group = groupIndex(thread);
  let columnTiles = (params.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let rowTiles = (params.rows + TILE_ROWS - 1u) / TILE_ROWS;
  let firstColumn = group % columnTiles * TILE_COLUMNS;
  group /= columnTiles;
  let firstRow = group % rowTiles * TILE_ROWS;
  let k = group / rowTiles;
  let slices = (params.depth + PLACES - 1u) / PLACES;

  // What this invocation stages: of a some rows at a place in the depth, of b a column in some rows of the depth.
  var place = local % PLACES;
  var row: array<u32, A_LOADS>;
  for (var i = 0u; i < A_LOADS; i++) { // @unroll
    row[i] = (min(k, 35u) * params.rows + min(firstRow + (i * WORKGROUP + local) / PLACES, params.rows - 1u)) * params.depth;
  }
  let last = params.depth - 1u;
  let staged = min(firstColumn + local % TILE_COLUMNS, params.columns - 1u);
  let ofK = min(k, 35u) * 4u * params.depth * params.columns;
  let lastOfB = 4u * params.depth * params.columns - params.columns + staged;
  var at = local / TILE_COLUMNS * params.columns + staged;

  let subgroup = local / LANES;
  let ownRow = subgroup / ACROSS * ROWS * M;
  let ownColumn = subgroup % ACROSS * COLUMNS * N / 4u;
  var sums: array<array<Sums, COLUMNS>, ROWS>;
  var aUnit = 0;
  var bUnit = 0;
  var nextA: array<vec4f, A_LOADS>;
  var nextB: array<vec4f, B_LOADS>;
  for (var i = 0u; i < A_LOADS; i++) { // @unroll
    nextA[i] = a[row[i] + min(place, last)];
  }
  for (var i = 0u; i < B_LOADS; i++) { // @unroll
    nextB[i] = b[ofK + min(at + i * (WORKGROUP / TILE_COLUMNS) * params.columns, lastOfB)];
  }
  for (var slice = 0u; slice < slices; slice++) {
    if (HALF) {
      var aLargest = 0.0;
      var bLargest = 0.0;
      for (var i = 0u; i < A_LOADS; i++) { // @unroll
        aLargest = max(aLargest, largestOf(nextA[i]));
      }
      for (var i = 0u; i < B_LOADS; i++) { // @unroll
        bLargest = max(bLargest, largestOf(nextB[i]));
      }
      let most = subgroupMax(vec2f(aLargest, bLargest));
      if (local % LANES == 0u) {
        atomicMax(&largest[0], bitcast<u32>(most.x));
        atomicMax(&largest[1], bitcast<u32>(most.y));
      }
    }
    workgroupBarrier();
    let units = aUnit + bUnit;
    aUnit = unitOf(atomicLoad(&largest[0]));
    bUnit = unitOf(atomicLoad(&largest[1]));
    for (var i = 0u; i < A_LOADS; i++) { // @unroll
      let value = select(vec4f(), nextA[i], place < params.depth) * power(-aUnit);
      aTile[(i * WORKGROUP + local) / PLACES * A_STRIDE + local % PLACES] = vec4<Element>(value);
    }
    for (var i = 0u; i < B_LOADS; i++) { // @unroll
      let value = nextB[i] * power(-bUnit);
      bTile[(i * WORKGROUP + local) / TILE_COLUMNS * B_STRIDE + local % TILE_COLUMNS] = vec4<Element>(value);
    }
    workgroupBarrier();
    place += PLACES;
    at += DEPTH * params.columns;
    // Also after the last slice, when these loads are unused.
    for (var i = 0u; i < A_LOADS; i++) { // @unroll
      nextA[i] = a[row[i] + min(place, last)];
    }
    for (var i = 0u; i < B_LOADS; i++) { // @unroll
      nextB[i] = b[ofK + min(at + i * (WORKGROUP / TILE_COLUMNS) * params.columns, lastOfB)];
    }
    if (aUnit + bUnit != units) {
      let factor = power(units - aUnit - bUnit);
      for (var r = 0u; r < ROWS; r++) { // @unroll
        for (var c = 0u; c < COLUMNS; c++) { // @unroll
          sums[r][c] = subgroupMatrixScalarMultiply(sums[r][c], factor);
        }
      }
    }
    for (var step = 0u; step < STEPS; step++) { // @unroll
      var right: array<Right, COLUMNS>;
      for (var c = 0u; c < COLUMNS; c++) { // @unroll
        right[c] = subgroupMatrixLoad<Right, row_major>(&bTile, step * K * B_STRIDE + ownColumn + c * N / 4u, B_STRIDE);
      }
      for (var r = 0u; r < ROWS; r++) { // @unroll
        let left = subgroupMatrixLoad<Left, row_major>(&aTile, (ownRow + r * M) * A_STRIDE + step * K / 4u, A_STRIDE);
        for (var c = 0u; c < COLUMNS; c++) { // @unroll
          sums[r][c] = subgroupMatrixMultiplyAccumulate(left, right[c], sums[r][c]);
        }
      }
    }
  }

  // Through workgroup memory, a strip of each row of subgroups at a time: so the ends may be ragged.
  for (var r = 0u; r < ROWS; r++) { // @unroll
    workgroupBarrier();
    for (var c = 0u; c < COLUMNS; c++) { // @unroll
      subgroupMatrixStore<row_major>(&zStrips, subgroup / ACROSS * M * TILE_COLUMNS + ownColumn + c * N / 4u, sums[r][c], TILE_COLUMNS);
    }
    workgroupBarrier();
    for (var i = 0u; i < Z_STORES; i++) { // @unroll
      let piece = i * WORKGROUP + local;
      let inStrips = piece / TILE_COLUMNS;
      let own = firstRow + inStrips / M * ROWS * M + r * M + inStrips % M;
      let column = firstColumn + local % TILE_COLUMNS;
      if (own < params.rows && column < params.columns && k < 36u) {
        z[(k * params.rows + own) * params.columns + column] = zStrips[piece] * power(aUnit) * power(bUnit);
      }
    }
  }
}
