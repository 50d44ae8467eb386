/** Noise, and the images that a generator makes of it. */
import type { ImageBatch } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Module } from "../../nn/module.js";
import type { Random } from "../../random.js";
import { Tensor } from "../../tensor/tensor.js";
import { readImages, translated } from "./round-trip.js";

/** `count` vectors of `nz` numbers from N(0, 1), one after the other. Another `count` gives the same first vectors. */
export function drawNoise(random: Random, count: number, nz: number): Float32Array {
  const z = new Float32Array(count * nz);
  random.fillNormal(z, 1, 0);
  return z;
}

/**
 * The point at t, from 0 to 1, on the arc from a to b: (sin((1 − t) θ) a + sin(t θ) b) / sin θ, with the angle θ between them.
 *
 * Nearly all of N(0, I) in many dimensions d lies at a length of about √d. The middle of a line is shorter by a factor of √2, where
 * the generator was not trained; the arc keeps the length. Vectors of one direction are joined by a line. Source: arXiv 1609.04468.
 */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  const [left, right] = sine > 1e-6 ? [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine] : [1 - t, t];
  return a.map((value, index) => left * value + right * (b[index] ?? 0));
}

/**
 * The images that a generator makes of noise, as in use: by its running statistics, if it has them.
 *
 * Shape: `z` holds n vectors of `nz` numbers; the result is [n, h, w, c] in (−1, 1). Waits for the device.
 */
export async function imagesOfNoise(gpu: Gpu, generator: Module, z: Float32Array, nz: number): Promise<ImageBatch> {
  using images = pass(gpu, generator, z, nz);
  return readImages(images);
}

/** Its scope is closed before the host waits. */
function pass(gpu: Gpu, generator: Module, z: Float32Array, nz: number): Tensor {
  using scope = gpu.scope("images of noise");
  return scope.keep(translated(gpu, generator, Tensor.from(gpu, [z.length / nz, 1, 1, nz], z, "z")));
}
