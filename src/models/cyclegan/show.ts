/** The images of a CycleGAN's sample grids: translations of images that it does not learn from. */
import type { Batch } from "../../data/dataset.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import type { Tensor } from "../../tensor/tensor.js";
import { realImages } from "../parts/mask.js";
import { readImages, translated } from "../parts/round-trip.js";
import type { VisualName } from "./options.js";
import type { Visuals } from "./trainer.js";

type Generators = Readonly<Record<"G_A" | "G_B", Module>>;
type Images = Partial<Record<VisualName, Tensor>>;

function passes(gpu: Gpu, { G_A, G_B }: Generators, { A, B }: Batch<"A" | "B">, withIdentity: boolean): Images {
  using scope = gpu.scope("samples");
  const { images: real_A, mask: maskA } = realImages(gpu, A, "real_A");
  const { images: real_B, mask: maskB } = realImages(gpu, B, "real_B");
  const [fake_B, fake_A] = [translated(gpu, G_A, real_A, maskA), translated(gpu, G_B, real_B, maskB)];
  const [rec_A, rec_B] = [translated(gpu, G_B, fake_B, maskA), translated(gpu, G_A, fake_A, maskB)];
  const images: Images = { real_A, fake_B, rec_A, real_B, fake_A, rec_B };
  if (withIdentity) Object.assign(images, { idt_A: translated(gpu, G_A, real_B, maskB), idt_B: translated(gpu, G_B, real_A, maskA) });
  for (const image of Object.values(images)) scope.keep(image);
  return images;
}

/** The images of `visualNames`; those of the identity losses only with `withIdentity`. Waits for the device. */
export async function show(gpu: Gpu, generators: Generators, batch: Batch<"A" | "B">, withIdentity: boolean): Promise<Visuals> {
  const images = passes(gpu, generators, batch, withIdentity);
  try {
    return Object.fromEntries(await Promise.all(Object.entries(images).map(async ([name, image]) => [name, await readImages(image)])));
  } finally {
    for (const image of Object.values(images)) image.release();
  }
}
