enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, subgroup_uniformity);
diagnostic(off, chromium.subgroup_matrix_uniformity);
// 36 products of matrices whose elements and sums are f32
alias Element = f32;
const HALF = false;
// #include "lib/multiply-matrix.wgsl"
