// z[k, row, column] = Σ_d a[k, row, d] · b[k, d, column]: 36 products of matrices, for GPUs
//
// A workgroup owns a tile of TILE_ROWS rows × TILE_COLUMNS vec4 of columns of one k, an invocation HEIGHT × WIDTH of them in
// registers. The depth is taken in slices of DEPTH vec4, staged in workgroup memory. The loads of the next slice are in
// flight while this one is multiplied. They are straight-line code: past an end, they load the last place inside, and the value
// becomes zero when it is stored. Costs and banks as in conv2d/forward-tiled.wgsl.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 128u; // @tune
const COLUMNS: u32 = 8u; // @tune
const HEIGHT: u32 = 8u; // @tune
const WIDTH: u32 = 2u; // @tune
const UNROLL: u32 = 1u; // @tune
const SUBGROUP: u32 = 0u; // @tune lanes of a subgroup; 0: the driver decides
const DEPTH: u32 = 4u;
const ROWS: u32 = WORKGROUP / COLUMNS;
const TILE_ROWS: u32 = ROWS * HEIGHT;
const TILE_COLUMNS: u32 = COLUMNS * WIDTH;
const A_LOADS: u32 = TILE_ROWS * DEPTH / WORKGROUP;
const B_LOADS: u32 = 4u * DEPTH * TILE_COLUMNS / WORKGROUP;

struct Params {
  rows: u32,
  depth: u32, // in vec4
  columns: u32, // in vec4
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [36, rows, depth]
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [36, 4 · depth, columns]
@group(0) @binding(2) var<storage, read_write> z: array<vec4f>; // [36, rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> aTile: array<vec4f, TILE_ROWS * DEPTH>; // [TILE_ROWS, DEPTH]
var<workgroup> bTile: array<vec4f, 4u * DEPTH * TILE_COLUMNS>; // [4 · DEPTH, TILE_COLUMNS]

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
  let slices = (params.depth + DEPTH - 1u) / DEPTH;

  // What this invocation stages: of a some rows at a place in the depth, of b a column in some rows of the depth.
  var place = local % DEPTH;
  var row: array<u32, A_LOADS>;
  for (var i = 0u; i < A_LOADS; i++) { // @unroll
    row[i] = (min(k, 35u) * params.rows + min(firstRow + (i * WORKGROUP + local) / DEPTH, params.rows - 1u)) * params.depth;
  }
  let last = params.depth - 1u;
  let staged = min(firstColumn + local % TILE_COLUMNS, params.columns - 1u);
  let lastOfB = 4u * params.depth * params.columns - params.columns + staged;
  let ofK = min(k, 35u) * 4u * params.depth * params.columns;
  var at = local / TILE_COLUMNS * params.columns + staged;

  let ownRow = local / COLUMNS % ROWS;
  let ownColumn = local % COLUMNS;
  var sums: array<array<vec4f, WIDTH>, HEIGHT>;
  var nextA: array<vec4f, A_LOADS>;
  var nextB: array<vec4f, B_LOADS>;
  for (var i = 0u; i < A_LOADS; i++) { // @unroll
    nextA[i] = a[row[i] + min(place, last)];
  }
  for (var i = 0u; i < B_LOADS; i++) { // @unroll
    nextB[i] = b[ofK + min(at + i * (WORKGROUP / TILE_COLUMNS) * params.columns, lastOfB)];
  }
  for (var slice = 0u; slice < slices; slice++) {
    workgroupBarrier();
    for (var i = 0u; i < A_LOADS; i++) { // @unroll
      aTile[i * WORKGROUP + local] = select(vec4f(), nextA[i], place < params.depth);
    }
    for (var i = 0u; i < B_LOADS; i++) { // @unroll
      bTile[i * WORKGROUP + local] = nextB[i];
    }
    workgroupBarrier();
    place += DEPTH;
    at += 4u * DEPTH * params.columns;
    // Also after the last slice, when these loads are unused.
    for (var i = 0u; i < A_LOADS; i++) { // @unroll
      nextA[i] = a[row[i] + min(place, last)];
    }
    for (var i = 0u; i < B_LOADS; i++) { // @unroll
      nextB[i] = b[ofK + min(at + i * (WORKGROUP / TILE_COLUMNS) * params.columns, lastOfB)];
    }
    for (var round = 0u; round < DEPTH / UNROLL; round++) {
      for (var u = 0u; u < UNROLL; u++) { // @unroll
        let d = round * UNROLL + u;
        var factors: array<array<vec4f, WIDTH>, 4>;
        for (var i = 0u; i < 4u; i++) { // @unroll
          for (var c = 0u; c < WIDTH; c++) { // @unroll
            factors[i][c] = bTile[(4u * d + i) * TILE_COLUMNS + ownColumn + c * COLUMNS];
          }
        }
        for (var r = 0u; r < HEIGHT; r++) { // @unroll
          let v = aTile[(ownRow + r * ROWS) * DEPTH + d];
          for (var c = 0u; c < WIDTH; c++) { // @unroll
            let sum = fma(v.yyyy, factors[1][c], fma(v.xxxx, factors[0][c], sums[r][c]));
            sums[r][c] = fma(v.wwww, factors[3][c], fma(v.zzzz, factors[2][c], sum));
          }
        }
      }
    }
  }

  for (var r = 0u; r < HEIGHT; r++) { // @unroll
    let own = firstRow + ownRow + r * ROWS;
    for (var c = 0u; c < WIDTH; c++) { // @unroll
      let column = firstColumn + ownColumn + c * COLUMNS;
      if (own < params.rows && column < params.columns && k < 36u) {
        z[(k * params.rows + own) * params.columns + column] = sums[r][c];
      }
    }
  }
}
