import { writeFileSync } from "node:fs";
import { storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import { parameterShapes } from "../../src/models/networks/layer.js";
import { resnetGenerator, type ResnetSizes } from "../../src/models/networks/resnet.js";

const tiny: ResnetSizes = { inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance", upsample: "conv-transpose" };

/** Writes a safetensors file with the weights of a generator, which are all 0. */
export function writeGeneratorFile(path: string, sizes: Partial<ResnetSizes> = {}): void {
  const shapes = parameterShapes(resnetGenerator({ ...tiny, ...sizes }));
  const zeros = (shape: readonly number[]): Float32Array => new Float32Array(shape.reduce((size, extent) => size * extent, 1));
  writeFileSync(path, writeSafetensors(new Map([...shapes].map(([name, shape]) => [name, storeFloat32(shape, zeros(shape))]))));
}
