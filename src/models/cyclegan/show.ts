/** The images of a CycleGAN's sample grids: translations of images that it does not learn from. */
import type { Batch } from "../../data/dataset.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import { Tensor } from "../../tensor/tensor.js";
import { readImages, translated } from "../parts/round-trip.js";
import type { VisualName } from "./options.js";
import type { Visuals } from "./trainer.js";

type Generators = Readonly<Record<"G_A" | "G_B", Module>>;
type Images = Partial<Record<VisualName, Tensor>>;

function passes(gpu: Gpu, { G_A, G_B }: Generators, { A, B }: Batch<"A" | "B">, withIdentity: boolean): Images {
  using scope = gpu.scope("samples");
  const real_A = Tensor.from(gpu, A.shape, A.data, "real_A");
  const real_B = Tensor.from(gpu, B.shape, B.data, "real_B");
  const [fake_B, fake_A] = [translated(gpu, G_A, real_A), translated(gpu, G_B, real_B)];
  const images: Images = { real_A, fake_B, rec_A: translated(gpu, G_B, fake_B), real_B, fake_A, rec_B: translated(gpu, G_A, fake_A) };
  if (withIdentity) Object.assign(images, { idt_A: translated(gpu, G_A, real_B), idt_B: translated(gpu, G_B, real_A) });
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
