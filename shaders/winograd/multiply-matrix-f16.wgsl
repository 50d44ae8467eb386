enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, subgroup_uniformity);
diagnostic(off, chromium.subgroup_matrix_uniformity);
// 36 products of matrices whose elements are rounded to f16, their sums in f32
alias Element = f16;
const HALF = true;
// #include "lib/multiply-matrix.wgsl"
