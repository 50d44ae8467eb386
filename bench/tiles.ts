/**
 * `npm run bench:tiles`: compares translating an image in tiles with translating it at once. Prints the device memory, measured
 * and rehearsed, the time and, if both fit, the largest difference.
 * Arguments: `width ngf blocks [memory in GB]`, or none for the table in ARCHITECTURE.md.
 */
import { parameterCount, releaseModule } from "../src/nn/module.js";
import { initialise } from "../src/nn/init.js";
import { openGpu } from "../src/open-gpu.js";
import { noGrad } from "../src/tensor/grad-mode.js";
import { buildGenerator, type GeneratorOptions } from "../src/models/networks/generator.js";
import { chooseTile, translationPeak } from "../src/models/tiling/plan.js";
import { generateInTiles } from "../src/models/tiling/tiled-generator.js";
import type { ImageBatch } from "../src/data/image.js";
import { Random } from "../src/random.js";
import { Tensor } from "../src/tensor/tensor.js";

interface Case {
  readonly side: number;
  readonly ngf: number;
  readonly nBlocks: number;
  /** The device memory that the tiles may use, in bytes. */
  readonly memory: number;
}

/** An image of waves of several lengths, brighter to the right, so that no tile has the statistics of the whole image. */
function picture(side: number): ImageBatch {
  const data = new Float32Array(side * side * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
    data[at] = x / side - 0.5 + 0.3 * Math.sin(x / 7 + (at % 3)) * Math.cos(y / 11) + 0.2 * Math.sin((x * y) / 5000);
  }
  return { shape: [1, side, side, 3], data };
}

/** Rehearses the table's last row, because computing it would take an hour on a CPU adapter. */
async function rehearse({ side, ngf, nBlocks, memory }: Case): Promise<void> {
  const options: GeneratorOptions = { inputNc: 3, outputNc: 3, ngf, nBlocks, norm: "instance" };
  using gpu = await openGpu();
  const shape = [1, side, side, 3] as const;
  const tile = await chooseTile(gpu, options, shape, memory);
  const peak = await translationPeak(gpu, options, shape, tile);
  console.log(`${side}×${side}, ngf ${ngf}, ${nBlocks} blocks: tiles of ${String(tile)}, device memory ${megabytes(peak)} rehearsed`);
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "none" : `${(bytes / 1e6).toFixed(0)} MB`;
}

async function measure({ side, ngf, nBlocks, memory }: Case): Promise<void> {
  const options: GeneratorOptions = { inputNc: 3, outputNc: 3, ngf, nBlocks, norm: "instance" };
  using gpu = await openGpu();
  const generator = buildGenerator(gpu, options);
  initialise(generator, "normal", 0.02, new Random(1));
  const image = picture(side);
  const tile = await chooseTile(gpu, options, image.shape, memory);
  if (tile === undefined) throw new Error(`expected an image that needs tiles, but ${side}×${side} fits in ${memory} bytes. Allow less memory.`);
  const started = performance.now();
  let reportedAt = started;
  const tiled = await generateInTiles(gpu, generator, image, {
    tile,
    onTile(done, total) {
      if (performance.now() - reportedAt < 10_000) return;
      reportedAt = performance.now();
      console.error(`tile ${done}/${total}`);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const peak = gpu.stats.peakBytes;
  const [inTiles, atOnce] = [await translationPeak(gpu, options, image.shape, tile), await translationPeak(gpu, options, image.shape)];
  let difference: number | undefined;
  if (atOnce !== undefined) {
    using _scope = gpu.scope("at once");
    const whole = await noGrad(() => generator.forward(Tensor.from(gpu, image.shape, image.data))).data();
    difference = whole.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (tiled.data[i] ?? Number.NaN))), 0);
  }
  console.log(
    `${side}×${side}, ngf ${ngf}, ${nBlocks} blocks (${parameterCount(generator)} parameters): tiles of ${tile}, ` +
      `device memory ${megabytes(peak)} measured, ${megabytes(inTiles)} rehearsed, at once ${megabytes(atOnce)}; ` +
      `difference ${difference?.toExponential(1) ?? "unknown"}; ${seconds.toFixed(1)} s; ` +
      `process ${megabytes(process.resourceUsage().maxRSS * 1024)}`,
  );
  releaseModule(generator);
}

const [side, ngf, nBlocks, gigabytes = 1] = process.argv.slice(2).map(Number);
const standard: readonly Case[] = [
  { side: 512, ngf: 64, nBlocks: 9, memory: 150e6 },
  { side: 1024, ngf: 16, nBlocks: 9, memory: 100e6 },
  { side: 4096, ngf: 16, nBlocks: 9, memory: 1e9 },
];
const given = side && ngf && nBlocks ? [{ side, ngf, nBlocks, memory: gigabytes * 1e9 }] : standard;
for (const one of given) await measure(one);
if (given === standard) await rehearse({ side: 4096, ngf: 64, nBlocks: 9, memory: 1e9 });
