import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWeights } from "../../src/io/read-weights.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-fine-tune-"));
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];
const train = (name: string, ...more: readonly string[]) =>
  cyclegan(folder, "train", "--dataroot", "data", "--name", name, ...tiny, ...more);

const weightsOf = (run: string, network: string): string => join("runs", run, "checkpoints", `latest_net_${network}.safetensors`);
const read = (run: string, network: string): string => readFileSync(join(folder, weightsOf(run, network))).toString("base64");
const generators = ["--init-g-a", weightsOf("given", "G_A"), "--init-g-b", weightsOf("given", "G_B")];

beforeAll(async () => {
  makeImages(join(folder, "data", "trainA"), 2, 40, 36);
  makeImages(join(folder, "data", "trainB"), 3, 36, 40);
  const { stderr, code } = await train("given", "--max-steps", "2", "--seed", "1");
  expect(code, stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("fine-tuning from the weights of generators alone", { timeout: 60_000 }, () => {
  test("teaches the discriminators alone for --d-warmup steps, and resumes among them and after", async () => {
    const given = { G_A: read("given", "G_A"), G_B: read("given", "G_B") };
    const whole = await train("whole", ...generators, "--d-warmup", "2", "--max-steps", "4");
    expect(whole.code, whole.stderr).toBe(0);
    const parts = await train("parts", ...generators, "--d-warmup", "2", "--max-steps", "1");
    expect(parts.code, parts.stderr).toBe(0);
    // Two images a row in the warm-up, under the page's four headings.
    const sample = join(folder, "runs", "parts", "samples", "step-000001.png");
    expect(await sharp(sample).metadata()).toMatchObject({ width: 4 * 130 - 2 });
    const warmedOnce = read("parts", "D_A");
    for (const steps of ["2", "4"]) {
      const { code, stderr } = await cyclegan(folder, "train", "--resume", "runs/parts", "--max-steps", steps);
      expect(code, stderr).toBe(0);
      const fresh = steps === "2";
      expect(read("parts", "G_A") === given.G_A, `G_A unchanged after step ${steps}`).toBe(fresh);
      expect(read("parts", "G_B") === given.G_B, `G_B unchanged after step ${steps}`).toBe(fresh);
      expect(read("parts", "D_A")).not.toBe(warmedOnce);
    }
    for (const network of ["G_A", "G_B", "D_A", "D_B"]) expect(read("parts", network), network).toBe(read("whole", network));
  });

  test("discriminators can be given as well", async () => {
    const all = [...generators, "--init-d-a", weightsOf("given", "D_A"), "--init-d-b", weightsOf("given", "D_B")];
    const { code, stderr } = await train("all", ...all, "--max-steps", "1", "--lr", "1e-30");
    expect(code, stderr).toBe(0);
    for (const network of ["G_A", "G_B", "D_A", "D_B"]) expect(read("all", network), network).toBe(read("given", network));
  });

  test("a .pth file of PyTorch's gives the weights", async () => {
    const given = fileURLToPath(new URL("../reference/weights/half-legacy.pth", import.meta.url));
    const small = ["--ngf", "2", "--ndf", "2", "--lr", "1e-30", "--max-steps", "1"];
    const { code, stderr } = await train("pytorch", "--init-g-a", given, ...small);
    expect(code, stderr).toBe(0);
    const [expected, got] = [await readWeights(given), await readWeights(join(folder, weightsOf("pytorch", "G_A")))];
    expect([...got.keys()]).toEqual([...expected.keys()]);
    for (const [name, { bytes }] of got) expect(Buffer.compare(bytes, expected.get(name)?.bytes ?? Buffer.of()), name).toBe(0);
  });

  test("weights of another network are refused by name, and leave no run", async () => {
    const { code, stderr } = await train("misfit", "--init-g-a", weightsOf("given", "D_A"), "--max-steps", "1");
    expect(stderr).toMatch(/latest_net_D_A\.safetensors: expected the weights of this network, got others: missing model\.1\.weight/);
    expect(code).toBe(1);
    expect(statSync(join(folder, "runs", "misfit"), { throwIfNoEntry: false })).toBeUndefined();
  });

  test("a file that is not there is an error before anything starts", async () => {
    const { code, stderr } = await train("none", "--init-g-b", "no-such.safetensors");
    expect(stderr).toMatch(/^cyclegan: --init-g-b no-such\.safetensors: expected a file of weights, got none there\.\n$/);
    expect(code).toBe(1);
  });
});
