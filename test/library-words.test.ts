import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inLibraryWords } from "../src/library-words.js";
import { convertWeights, evaluate, loadGenerator, resumedConfig, train, translate } from "../src/node.js";
import { trainConfig } from "../src/run/options.js";

it.each([
  ["--lr-policy: expected linear.", "lrPolicy: expected linear."],
  ["Use --no-flip, or --max-pixels 100.", "Use flip: false, or maxPixels 100."],
  ["--init-g-a x.pth", "initGA x.pth"],
  ["a -- b, a--b, ---", "a -- b, a--b, ---"],
])("%s is %s to a program", (message, words) => {
  expect(inLibraryWords(message)).toBe(words);
});

const nowhere = join(tmpdir(), "cyclegan-no-such-folder");
const settings = Object.keys(trainConfig({ dataroot: nowhere })).filter((name) => name !== "model");

describe("a setting that makes no sense", () => {
  it.for(settings)("%s is refused by its own name", async (name) => {
    // No setting is an object.
    await expect(train({ dataroot: nowhere, [name]: {} })).rejects.toThrow(new RegExp(`^${name}(: false)?: expected (?!.*--)`));
  });

  it("is refused by its own name in every function", async () => {
    const model = join(nowhere, "model.pth");
    const calls = [
      () => translate({ model, direction: "AtoB", input: nowhere, output: nowhere, scale: -1 }),
      () => translate({ model, direction: "AtoB", input: nowhere, output: nowhere }),
      () => translate({ model: nowhere, direction: "AtoB", input: nowhere, output: nowhere }),
      () => evaluate({ model: nowhere, dataroot: nowhere }),
      () => loadGenerator(undefined as never, { model: nowhere, direction: "AtoB" }),
      () => convertWeights({ from: model, to: "out.pth" }),
      () => train({ dataroot: nowhere }),
      async () => resumedConfig(nowhere),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(/^(?!.*(?<![\w-])--[a-z])/);
  });
});
