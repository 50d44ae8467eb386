import { describe, expect, it } from "vitest";
import { compareEngines, EngineError, median, type EngineName, type RunningEngine } from "../../bench/peers/compare-engines.js";
import { deviationOf, inputsOf } from "../../bench/peers/inputs.js";
import { layersOf, networks, trainedNames } from "../../bench/peers/layers.js";
import { channelsFirst, channelsLast } from "../../bench/peers/layouts.js";
import type { StepWork, Work } from "../../bench/peers/work.js";
import { storeFloat32 } from "../../src/io/safetensors.js";

const step: StepWork = { kind: "step", name: "step", size: 16, ngf: 4, ndf: 4, nBlocks: 1 };
const norm: Work = { kind: "norm", name: "norm", size: 2, channels: 2, pass: "forward" };

const result = (values: readonly number[]) => new Map([["result", storeFloat32([values.length], new Float32Array(values))]]);

describe("the comparison of engines", () => {
  it("measures the error of a result relative to its norm", () => {
    expect(deviationOf(norm, result([3, 4.5]), result([3, 4])).error).toBeCloseTo(0.1, 12);
  });

  it.each([
    ["missing", new Map()],
    ["of another size", result([3])],
    ["not a number", result([3, Number.NaN])],
  ])("rejects a result that is %s", (_, got) => {
    const { error, allowed } = deviationOf(norm, got, result([3, 4]));
    expect(error <= allowed).toBe(false);
  });

  it("checks every loss and every gradient that is not zero", () => {
    const gradients = networks.flatMap((network) => trainedNames(network, step)).map((name) => `gradient ${name}`);
    const one = storeFloat32([1], new Float32Array([1]));
    const expected = new Map(["loss D_A", ...gradients].map((name) => [name, one]));
    for (const name of expected.keys()) {
      const got = new Map([...expected, [name, storeFloat32([1], new Float32Array([2]))]]);
      expect(deviationOf(step, got, expected)).toMatchObject({ name, error: 1 });
      const lacking = new Map([...expected].filter(([other]) => other !== name));
      expect(deviationOf(step, lacking, expected)).toMatchObject({ name, error: Number.NaN });
    }
  });

  it("uses the middle sample, or the mean of the middle two", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 10])).toBe(3.5);
  });
});

describe("compareEngines", () => {
  /** An engine that always computes these values, and writes down what it is asked for. */
  function engine(name: EngineName, values: readonly number[], asked: string[], milliseconds = 100): RunningEngine {
    return {
      name,
      check: async (what) => {
        asked.push(`${name} ${what}`);
        return { firstMilliseconds: 1000, results: result(values) };
      },
      time: async (repeats) => {
        asked.push(`${name} time ${repeats}`);
        return { milliseconds };
      },
    };
  }
  const comparing = { samples: 2, progress: () => {} };

  it("compares all with ours, which runs once, and times in turns those that are right", async () => {
    const asked: string[] = [];
    const engines = [engine("ours", [3, 4], asked), engine("tfjs", [3, 4.00001], asked, 40), engine("jax-js", [3, 4.5], asked)];
    const { engines: found } = await compareEngines(norm, { ...comparing, engines });
    expect(asked.slice(0, 3)).toEqual(["ours check", "tfjs check", "jax-js check"]);
    expect(asked.slice(3)).toEqual(["ours time 1", "tfjs time 1", "ours time 1", "tfjs time 3", "ours time 1", "tfjs time 3"]);
    expect(found.ours).toMatchObject({ error: 0, milliseconds: 100, firstMilliseconds: 1000 });
    expect(found.tfjs).toMatchObject({ milliseconds: 40 });
    expect(found["jax-js"]).toEqual({ error: expect.closeTo(0.1, 6), firstMilliseconds: 1000, failure: "result is off by 1.0e-1, allowed 0.0001" });
  });

  it("names why an engine failed, and goes on with the others", async () => {
    const asked: string[] = [];
    const lost = async (): Promise<never> => Promise.reject(new EngineError("its device was lost"));
    const engines = [engine("ours", [3, 4], asked), { ...engine("tfjs", [3, 4], asked), check: lost }, { ...engine("jax-js", [3, 4], asked), time: lost }];
    const { engines: found } = await compareEngines(norm, { ...comparing, engines });
    expect(found.tfjs).toEqual({ failure: "its device was lost" });
    expect(found["jax-js"]).toMatchObject({ error: 0, failure: "its device was lost" });
    expect(found.ours?.milliseconds).toBe(100);
  });

  it("compares with PyTorch in float64, if it is there", async () => {
    const asked: string[] = [];
    await compareEngines(norm, { ...comparing, engines: [engine("ours", [3, 4], asked), engine("pytorch", [3, 4], asked)] });
    expect(asked.slice(0, 3)).toEqual(["pytorch reference", "ours check", "pytorch check"]);
  });
});

describe("the inputs of the engines", () => {
  it("have a weight and a bias for every layer of the four networks, and two images", () => {
    const layers = networks.reduce((sum, network) => sum + layersOf(network, step).length, 0);
    expect(inputsOf(step).size).toBe(2 * layers + 2);
  });

  it("are the same in every run", () => {
    expect(inputsOf(norm)).toEqual(inputsOf(norm));
  });

  it("are the same after a conversion to channels last and back", () => {
    const values = Float32Array.from({ length: 24 }, (_, index) => index);
    const image = new Map([["x", storeFloat32([1, 2, 3, 4], values)]]);
    const last = channelsLast(image, "x", "image");
    expect(last.shape).toEqual([1, 3, 4, 2]);
    // Pixel 0 of both channels, then pixel 1.
    expect([...last.values.subarray(0, 4)]).toEqual([0, 12, 1, 13]);
    expect(channelsFirst(last, "image")).toEqual(image.get("x"));
    const kernel = new Map([["w", storeFloat32([2, 3, 2, 2], values)]]);
    expect(channelsFirst(channelsLast(kernel, "w", "kernel"), "kernel")).toEqual(kernel.get("w"));
  });
});
