// z[k, row, column] = Σ_d a[k, d, row] · b[k, d, column]: 36 products of matrices, the first transposed, for GPUs
//
// As multiply-tiled.wgsl, but both operands are staged row by row of the depth, and an invocation multiplies a column of a by a
// row of b. It owns 4 · HEIGHT rows, in vec4, × WIDTH vec4 of columns.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 128u; // @tune
const COLUMNS: u32 = 8u; // @tune
const HEIGHT: u32 = 2u; // @tune
const WIDTH: u32 = 2u; // @tune
const UNROLL: u32 = 1u; // @tune
const SUBGROUP: u32 = 0u; // @tune lanes of a subgroup; 0: the driver decides
const SLICE: u32 = 16u;
const ROWS: u32 = WORKGROUP / COLUMNS;
const TILE_ROWS: u32 = ROWS * HEIGHT;
const TILE_COLUMNS: u32 = COLUMNS * WIDTH;
const A_LOADS: u32 = SLICE * TILE_ROWS / WORKGROUP;
const B_LOADS: u32 = SLICE * TILE_COLUMNS / WORKGROUP;

struct Params {
  rows: u32, // in vec4
  depth: u32,
  columns: u32, // in vec4
}

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [36, depth, rows]
@group(0) @binding(1) var<storage, read> b: array<vec4f>; // [36, depth, columns]
@group(0) @binding(2) var<storage, read_write> z: array<vec4f>; // [36, 4 · rows, columns]
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> aTile: array<vec4f, SLICE * TILE_ROWS>; // [SLICE, TILE_ROWS]
var<workgroup> bTile: array<vec4f, SLICE * TILE_COLUMNS>; // [SLICE, TILE_COLUMNS]

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let local = thread.local % WORKGROUP;
  var group = groupIndex(thread);
  let columnTiles = (params.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let rowTiles = (params.rows + TILE_ROWS - 1u) / TILE_ROWS;
  let firstColumn = group % columnTiles * TILE_COLUMNS;
  group /= columnTiles;
  let firstRow = group % rowTiles * TILE_ROWS;
  let k = min(group / rowTiles, 35u);
  let isProduct = group / rowTiles < 36u;
  let slices = (params.depth + SLICE - 1u) / SLICE;

  // What this invocation stages: a row of the depth in each load, of a and of b. Past the end of the depth, it is the last row
  // again, with zeros for a.
  let stagedRow = min(firstRow + local % TILE_ROWS, params.rows - 1u);
  let stagedColumn = min(firstColumn + local % TILE_COLUMNS, params.columns - 1u);
  let start = k * params.depth;
  let last = params.depth - 1u;
  var aPlace = local / TILE_ROWS;
  var bPlace = local / TILE_COLUMNS;

  let ownRow = local / COLUMNS % ROWS;
  let ownColumn = local % COLUMNS;
  var sums: array<array<vec4f, WIDTH>, 4u * HEIGHT>;
  var nextA: array<vec4f, A_LOADS>;
  var nextB: array<vec4f, B_LOADS>;
  for (var i = 0u; i < A_LOADS; i++) { // @unroll
    nextA[i] = a[(start + min(aPlace + i * (WORKGROUP / TILE_ROWS), last)) * params.rows + stagedRow];
  }
  for (var i = 0u; i < B_LOADS; i++) { // @unroll
    nextB[i] = b[(start + min(bPlace + i * (WORKGROUP / TILE_COLUMNS), last)) * params.columns + stagedColumn];
  }
  for (var slice = 0u; slice < slices; slice++) {
    workgroupBarrier();
    for (var i = 0u; i < A_LOADS; i++) { // @unroll
      aTile[i * WORKGROUP + local] = select(vec4f(), nextA[i], aPlace + i * (WORKGROUP / TILE_ROWS) < params.depth);
    }
    for (var i = 0u; i < B_LOADS; i++) { // @unroll
      bTile[i * WORKGROUP + local] = nextB[i];
    }
    workgroupBarrier();
    aPlace += SLICE;
    bPlace += SLICE;
    // Also after the last slice, when these loads are unused.
    for (var i = 0u; i < A_LOADS; i++) { // @unroll
      nextA[i] = a[(start + min(aPlace + i * (WORKGROUP / TILE_ROWS), last)) * params.rows + stagedRow];
    }
    for (var i = 0u; i < B_LOADS; i++) { // @unroll
      nextB[i] = b[(start + min(bPlace + i * (WORKGROUP / TILE_COLUMNS), last)) * params.columns + stagedColumn];
    }
    for (var round = 0u; round < SLICE / UNROLL; round++) {
      for (var u = 0u; u < UNROLL; u++) { // @unroll
        let d = round * UNROLL + u;
        var factors: array<vec4f, WIDTH>;
        for (var c = 0u; c < WIDTH; c++) { // @unroll
          factors[c] = bTile[d * TILE_COLUMNS + ownColumn + c * COLUMNS];
        }
        for (var r = 0u; r < HEIGHT; r++) { // @unroll
          let v = aTile[d * TILE_ROWS + ownRow + r * ROWS];
          for (var c = 0u; c < WIDTH; c++) { // @unroll
            sums[4u * r][c] = fma(v.xxxx, factors[c], sums[4u * r][c]);
            sums[4u * r + 1u][c] = fma(v.yyyy, factors[c], sums[4u * r + 1u][c]);
            sums[4u * r + 2u][c] = fma(v.zzzz, factors[c], sums[4u * r + 2u][c]);
            sums[4u * r + 3u][c] = fma(v.wwww, factors[c], sums[4u * r + 3u][c]);
          }
        }
      }
    }
  }

  for (var r = 0u; r < 4u * HEIGHT; r++) { // @unroll
    let row = firstRow + ownRow + r / 4u * ROWS;
    for (var c = 0u; c < WIDTH; c++) { // @unroll
      let column = firstColumn + ownColumn + c * COLUMNS;
      if (row < params.rows && column < params.columns && isProduct) {
        z[((k * params.rows + row) * 4u + r % 4u) * params.columns + column] = sums[r][c];
      }
    }
  }
}
