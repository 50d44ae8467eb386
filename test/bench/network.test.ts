import { describe, expect, it } from "vitest";
import { generatorConvs, generatorParameters, normLayers, stepFlops } from "../../src/bench/network.js";

const paper = { size: 256, ngf: 64, ndf: 64, nBlocks: 9 };

describe("the sizes of CycleGAN's networks", () => {
  it("give 1.88 TFLOP per step at 256², and 1.29 without the identity losses", () => {
    expect((stepFlops(paper, true) / 1e12).toFixed(2)).toBe("1.88");
    expect((stepFlops(paper, false) / 1e12).toFixed(2)).toBe("1.29");
  });

  it("give the trained parameters of two generators: 11.37 M each, without biases before norms", () => {
    const [stem, down, up, residual] = [7 * 7 * 3 * 64, 9 * 64 * 128, 9 * 128 * 256, 9 * 256 * 256];
    expect(generatorParameters(paper)).toBe(2 * (2 * stem + 2 * (down + up) + 18 * residual + 3));
  });

  it("have layers whose input is the output of the layer before", () => {
    const sizes = generatorConvs(paper).map(({ size, channels, outChannels }) => [size, channels, outChannels]);
    expect(sizes).toEqual([
      [256, 3, 64],
      [256, 64, 128],
      [128, 128, 256],
      [64, 256, 256],
      [128, 128, 256],
      [256, 64, 128],
      [256, 64, 3],
    ]);
  });

  it("have one norm for each size", () => {
    expect(normLayers(paper).map(({ size, channels }) => `${channels} at ${size}`)).toEqual([
      "64 at 256",
      "128 at 128",
      "256 at 64",
      "128 at 64",
      "256 at 32",
      "512 at 31",
    ]);
  });
});
