import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-weights-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => fileURLToPath(new URL(`../reference/weights/${name}.pth`, import.meta.url));

describe.concurrent("convert and translate", { timeout: 60_000 }, () => {
  test("a file of PyTorch's translates images, and so does what it was converted to", async () => {
    makeImages(join(folder, "in"), 1, 24, 20);
    const converted = await cyclegan(folder, "convert", file("legacy"), "one.safetensors");
    expect(converted).toEqual({ code: 0, stdout: "one.safetensors\n", stderr: "Left out: 21 running statistics that nothing uses.\nWritten: 16 tensors.\n" });
    for (const [model, output] of [[file("legacy"), "a"], ["one.safetensors", "b"]] as const) {
      const { code, stderr } = await cyclegan(folder, "translate", "--model", model, "--input", "in", "--output", output);
      expect(code, stderr).toBe(0);
    }
    expect(Buffer.compare(readFileSync(join(folder, "a", "0.png")), readFileSync(join(folder, "b", "0.png")))).toBe(0);
  });

  test("a file in the way is an error that says how to replace it", async () => {
    writeFileSync(join(folder, "taken.pth"), "mine");
    const { code, stderr } = await cyclegan(folder, "convert", file("zip"), "taken.pth");
    expect([code, stderr]).toEqual([1, "cyclegan: taken.pth: expected a new file, got one that exists. Use --overwrite to replace it.\n"]);
    expect((await cyclegan(folder, "convert", file("zip"), "one.tflite")).code).toBe(2);
  });
});

describe.concurrent("inspect", { timeout: 30_000 }, () => {
  test("prints the network, a row a layer and a tensor, and the oddities", async () => {
    const { code, stdout, stderr } = await cyclegan(folder, "inspect", file("legacy"));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/legacy\.pth: PyTorch legacy, 0\.\d+ MB, 37 tensors\na ResNet generator of 1 block, ngf 2/);
    expect(stdout).toMatch(/\nmodel\.1 +256×256×2 +296 +conv 7×7, reflection padding 3; instance norm; ReLU\n/);
    expect(stdout).toMatch(/\nmodel\.1\.weight +F32 +2×3×7×7 +\d/);
    expect(stdout).toMatch(/\nNote: The network has 21 running statistics, which are not used\.\n/);
  });

  test("--json gives the same to programs", async () => {
    const { stdout } = await cyclegan(folder, "inspect", file("zip"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({ format: "PyTorch zip", networks: [{ prefix: "" }], oddities: [] });
  });

  test("names with control characters are printed as text", async () => {
    writeFileSync(join(folder, "esc.safetensors"), writeSafetensors(new Map([["\u001B[2Jx\nNothing odd.", storeFloat32([1], Float32Array.of(1))]])));
    const { stdout } = await cyclegan(folder, "inspect", "esc.safetensors");
    expect(stdout).toContain("\\u001b[2Jx\\u000aNothing odd.");
    expect(stdout).not.toContain("\u001B");
  });

  test("a file that is none of these is one line and exit code 1", async () => {
    writeFileSync(join(folder, "broken.pth"), "PK\u0003\u0004 broken");
    const { code, stdout, stderr } = await cyclegan(folder, "inspect", "broken.pth");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^cyclegan: broken\.pth: expected a valid zip file, .*\n$/);
  });
});
