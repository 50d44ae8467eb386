/** Translates an image in tiles, with too little memory for the whole image, and compares the result with that of the whole. */
import { buildGenerator, initialise, openGpu, Random, translateImage, type Image } from "cyclegan-webgpu";

using gpu = await openGpu();
const options = { inputNc: 3, outputNc: 3, ngf: 8, nBlocks: 2, norm: "instance" } as const;
const generator = buildGenerator(gpu, options);
// Random weights, in place of trained ones.
initialise(generator, "kaiming", 1, new Random(1));

const [width, height] = [320, 200];
const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (Math.floor(i / 3) % width) * (255 / width));
const image: Image = { width, height, channels: 3, data };

const atOnce = await translateImage(gpu, generator, image);
let tiles = 0;
const inTiles = await translateImage(gpu, generator, image, { memory: 5e6, onTile: (_, total) => (tiles = total) });
const worst = atOnce.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (inTiles.data[i] ?? 0))), 0);
console.log(`${tiles} tiles in all passes; largest difference ${worst} of 255`);
