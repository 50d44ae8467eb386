import type { Shape } from "../../src/shape.js";

/** Shapes for element-wise ops: vec4 and scalar widths, one element, and more than one workgroup. */
export const elementwiseShapes: readonly Shape[] = [
  [],
  [1],
  [3],
  [8],
  [2, 3, 5, 1],
  [1, 5, 7, 3],
  [2, 4, 9, 4],
  [1, 1, 1, 5],
];

/** Shapes for ops that reduce all elements. They include more elements than first-stage threads, in both widths. */
export const reducedShapes: readonly Shape[] = [...elementwiseShapes, [1, 23, 47, 4], [1, 23, 47, 3]];

export const nameOf = (shape: Shape): string => `[${shape.join(", ")}]`;
