/** Reflected edges in a transposed pass: the pass computes the padded size, whose edges are then folded back. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Destination } from "../../tensor/op.js";
import { Tensor } from "../../tensor/tensor.js";
import { foldReflection } from "../image/reflection-pad2d.js";
import type { ConvGeometry } from "./geometry.js";

/** The geometry of the same convolution after its image has been padded by reflection. */
export function unreflected(g: ConvGeometry): ConvGeometry {
  if (!g.reflect) return g;
  return { ...g, height: g.height + 2 * g.padding, width: g.width + 2 * g.padding, padding: 0, reflect: 0 };
}

/** Lets `transpose` compute the result, under reflection in the padded size, which is then folded back. */
export function folding(
  gpu: Gpu,
  g: ConvGeometry,
  destination: Destination,
  transpose: (g: ConvGeometry, destination: Destination) => void,
): void {
  if (!g.reflect) return transpose(g, destination);
  const wide = unreflected(g);
  const to = [g.n, wide.height, wide.width, g.channels] as const;
  using padded = Tensor.untracked(gpu, to, "padded gradient", destination.to.dtype);
  transpose(wide, { to: padded, adds: false });
  foldReflection(gpu, padded, destination, [g.n, g.height, g.width, g.channels], to, { top: g.padding, left: g.padding });
}
