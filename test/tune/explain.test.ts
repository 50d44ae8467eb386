import { expect, test } from "vitest";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { convVariants } from "../../src/ops/conv/variants.js";
import { stepWork } from "../../src/training/dry-run/rehearse.js";
import { parseConvKey } from "../../src/tune/conv-work.js";
import { explainConvolutions, formatExplained } from "../../src/tune/explain.js";
import { onOtherAdapter, useGpu } from "../support/device.js";

const gpu = useGpu();
const options = { ...defaultOptions, ngf: 8, ndf: 8, nBlocks: 1 };
const shape = [1, 32, 32, 3] as const;
const explain = () => explainConvolutions(gpu(), stepWork(cycleGan, options, { A: shape, B: shape }));

test("every pass of every convolution is explained: how it is lowered, what computes it, what else could", async () => {
  const explained = await explain();
  const find = (conv: string) => explained.find((one) => one.conv === conv) ?? expect.fail(`no ${conv}`);
  expect(find("forward 2x32x32x3 7x7/1+3r 32x32x8")).toMatchObject({ lowering: "taps of inputs", product: "forward 2x38x32x24 7x1/1+0 32x32x8", count: 2 });
  expect(find("forward 1x3x3x64 4x4/1+1 2x2x1")).toMatchObject({ lowering: "one channel" });
  expect(find("transposed 1x8x8x32 3x3/1+1r 8x8x32")).toMatchObject({ lowering: "plain", product: "transposed 1x8x8x32 3x3/1+1r 8x8x32" });
  for (const { product, variant, passedOver, others } of explained) {
    const work = parseConvKey(product) ?? expect.fail(`${product} names no work`);
    expect(Object.keys(convVariants[work.pass])).toEqual(expect.arrayContaining([variant, ...passedOver.map((one) => one.variant), ...others]));
    expect(others).not.toContain(variant);
  }
});

test("a choice is said to be one, and a tile is named where tiles are", async () => {
  const key = "forward 2x38x32x24 7x1/1+0 32x32x8";
  gpu().choices.set(key, "direct");
  const chosen = (await explain()).find(({ product }) => product === key);
  expect(chosen && formatExplained(chosen)).toMatch(/2× forward 2x32x32x3 .*\n +as taps of inputs: forward 2x38.*\n += direct: chosen for this device\./);
  gpu().choices.delete(key);
  const tiled = await onOtherAdapter(gpu(), explain);
  const wide = tiled.find(({ conv }) => conv.startsWith("forward") && conv.endsWith("x64"));
  expect(wide && formatExplained(wide)).toMatch(/= tiled \(\d+x\d+( in \d+ splits)?\): first that fits and pays; winograd does not fit/);
});
