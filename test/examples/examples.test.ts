import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { trainCommand } from "../../src/cli/train.js";
import { translateCommand } from "../../src/cli/translate.js";
import { root, runExample } from "./run-example.js";

const readme = readFileSync(join(root, "README.md"), "utf8");
const gradient = readFileSync(join(root, "examples/gradient.ts"), "utf8");

describe.concurrent("examples", { timeout: 120_000 }, () => {
  test("gradient.ts prints the loss and gradient computed by hand, and the README quotes them", async () => {
    const printed = await runExample("gradient.ts");
    // loss = (1 + 4 + 9 + 16) / 4. The padded image is 4 3 4 3 / 2 1 2 1 / 4 3 4 3 / 2 1 2 1, and the gradient at a tap
    // is the sum over the 2 × 2 window under it of value × pixel / 2, with pixel = 1 2 / 3 4.
    expect(printed).toBe("loss 7.5, gradient 10,11,10,14,15,14,10,11,10\n");
    expect(readme, "the README quotes a different output").toContain(printed);
  });

  test("the README contains the text of gradient.ts", () => {
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text);
    expect(blocks, "copy examples/gradient.ts into README.md's first ```ts block").toContain(gradient);
  });

  test("train.ts learns the colours of the other domain", async () => {
    const printed = await runExample("train.ts");
    const triples = [...printed.matchAll(/\(([^)]+)\)/g)].map(([, text = ""]) => text.split(",").map(Number));
    const [got = [], wanted = []] = triples;
    expect([got.length, wanted.length], printed).toEqual([3, 3]);
    for (const [channel, value] of got.entries()) {
      expect(Math.abs(value - (wanted[channel] ?? 0)), printed).toBeLessThan(0.15);
    }
  });

  test("classify.ts recognises nine of ten images that it has not seen", async () => {
    const [, right, all] = /^(\d+) of (\d+) held-out images recognised$/m.exec(await runExample("classify.ts")) ?? [];
    expect(Number(all)).toBe(320);
    expect(Number(right)).toBeGreaterThan(288);
  });

  test("translate.ts computes the same image in tiles", async () => {
    expect(await runExample("translate.ts")).toMatch(/^[1-9]\d* tiles in all passes; largest difference [01] of 255\n$/);
  });

  test.each(["train-slurm.sh", "train-slurm-ranks.sh", "translate-slurm.sh", "sweep-slurm.sh"])("%s without arguments says how to use it", (name) => {
    const { status, stderr } = spawnSync("bash", [join(root, "examples", name)], { encoding: "utf8" });
    expect([status, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^usage: sbatch .*${name} <`))]);
  });

  test("translate-slurm.sh starts one task per shard, and its options exist", () => {
    const text = readFileSync(join(root, "examples/translate-slurm.sh"), "utf8");
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
    expect(number(/^#SBATCH --array=0-(\d+)$/m)).toBe(number(/^SHARDS=(\d+)$/m) - 1);
    const [, line = ""] = /^exec \S+ translate ([^]*?--batch \d+)/m.exec(text) ?? [];
    const flags = line.match(/--[a-z-]+/g) ?? [];
    expect(flags).toHaveLength(7);
    expect(translateCommand().options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags));
  });

  test("the cluster examples start the command of a checkout, or of a project, and pass further options on", () => {
    const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: { cyclegan: string } };
    for (const name of ["train-slurm.sh", "train-slurm-ranks.sh", "translate-slurm.sh", "sweep-slurm.sh"]) {
      const text = readFileSync(join(root, "examples", name), "utf8");
      expect(text).toContain(`\nprogram=${bin.cyclegan}\n[ -e "$program" ] || program=node_modules/.bin/cyclegan\n`);
      expect(text).toMatch(/^exec .*"\$program" [^]*--adapter hardware[^]* "\$@"\n$/m);
    }
  });

  test.each([["train-slurm.sh", 5], ["train-slurm-ranks.sh", 6], ["sweep-slurm.sh", 3]])("the options of train in %s exist", (name, count) => {
    const [, line = ""] = /^exec .*"\$program" train ([^]+)/m.exec(readFileSync(join(root, "examples", name), "utf8")) ?? [];
    const flags = line.match(/--[a-z-]+/g) ?? [];
    expect(flags).toHaveLength(count);
    expect(trainCommand().options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags));
  });
});
