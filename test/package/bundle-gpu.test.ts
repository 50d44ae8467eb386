import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { againstPytorch } from "../../scripts/bundle-gpu/against-pytorch.js";
import { driverTrials } from "../../scripts/bundle-gpu/drivers.js";
import { packagesOf } from "../../scripts/bundle-gpu/packages.js";
import { runPart } from "../../scripts/bundle-gpu/part.js";
import { root } from "./installed.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-bundle-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text = ""): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function writePackage(path: string, manifest: object = {}): void {
  write(`${path}/package.json`, JSON.stringify(manifest));
}

describe("the packages of the bundle", () => {
  test("are what the wanted ones need at run time, each as Node would find it from there", () => {
    writePackage("node_modules/a", { dependencies: { b: "2", "@c/d": "1" }, devDependencies: { unwanted: "1" } });
    writePackage("node_modules/a/node_modules/b", { dependencies: { a: "1", e: "1" } });
    writePackage("node_modules/b");
    writePackage("node_modules/@c/d", { optionalDependencies: { "of-another-platform": "1", e: "1" } });
    writePackage("node_modules/e");
    writePackage("node_modules/unwanted");
    expect(packagesOf(folder, ["a"])).toEqual([
      "node_modules/@c/d",
      "node_modules/a",
      "node_modules/a/node_modules/b",
      "node_modules/e",
    ]);
  });

  test("must be installed", () => {
    writePackage("node_modules/a", { dependencies: { b: "1" } });
    expect(() => packagesOf(folder, ["a"])).toThrow("bundle: expected package b in node_modules, got none.");
  });

  test("leave the tools of development out", () => {
    const packages = packagesOf(root, ["vitest", "tsx", "webgpu"]);
    expect(packages).toContain("node_modules/vite");
    expect(packages).not.toContain("node_modules/typescript");
  });
});

describe("the drivers to try", () => {
  const trials = (environment: NodeJS.ProcessEnv = {}) => driverTrials(environment, join(folder, "written"), folder);

  test("are those of the environment alone, where it names some", () => {
    write("usr/share/vulkan/icd.d/nvidia_icd.json");
    const expected = [{ from: "the environment", manifests: ["/a.json", "/b.json"] }];
    expect(trials({ VK_DRIVER_FILES: "/a.json:/b.json", VK_ICD_FILENAMES: "/c.json" })).toEqual(expected);
    expect(trials({ VK_DRIVER_FILES: "", VK_ICD_FILENAMES: "/a.json:/b.json" })).toEqual(expected);
  });

  test.each(["usr/share/vulkan/icd.d", "etc/vulkan/icd.d", "usr/local/nvidia/share/vulkan/icd.d"])(
    "are the GPUs' manifests of /%s",
    (place) => {
      const manifest = write(`${place}/nvidia_icd.json`);
      for (const name of ["lvp_icd.x86_64.json", "vk_swiftshader_icd.json", "radeon_icd.i686.json", "note.txt"]) {
        write(`${place}/${name}`);
      }
      expect(trials()).toEqual([{ from: "installed", manifests: [manifest] }]);
    },
  );

  test("are NVIDIA's libraries after those, the one that needs X11 first, with a manifest written for each", () => {
    const installed = write("etc/vulkan/icd.d/nvidia_icd.json");
    const egl = write("usr/lib/x86_64-linux-gnu/libEGL_nvidia.so.0");
    const glx = write("usr/local/nvidia/lib64/libGLX_nvidia.so.0");
    const found = trials();
    const written = found.slice(1).flatMap(({ manifests }) => manifests);
    expect(found[0]?.manifests).toEqual([installed]);
    const libraries = written.map((path) => JSON.parse(readFileSync(path, "utf8")).ICD.library_path as string);
    expect(libraries).toEqual([glx, egl]);
  });

  test("are none on a bare system", () => {
    expect(trials()).toEqual([]);
  });
});

describe("run.sh", () => {
  /** Puts run.sh beside an archive whose Node says that it is `version` and what it was given. */
  function pack(version: string, changed: Date): void {
    const name = "cyclegan-webgpu-linux-x64";
    const node = write(`made/${name}/bin/node`, `#!/bin/sh\necho ${version} "$@"\nexit 3\n`);
    chmodSync(node, 0o755);
    execFileSync("tar", ["-cJf", join(folder, `${name}.tar.xz`), "-C", join(folder, "made"), name]);
    utimesSync(join(folder, `${name}.tar.xz`), changed, changed);
    copyFileSync(join(root, "scripts/bundle-gpu/run.sh"), join(folder, "run.sh"));
  }
  const run = (...args: string[]) => spawnSync(join(folder, "run.sh"), args, { encoding: "utf8" });
  const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

  test("unpacks the archive beside it, once, and runs its Node with the arguments", () => {
    pack("first", minutes(-1));
    const first = run("--software", "two words");
    expect(first.stdout).toMatch(/^first \S+\/tsx\/dist\/cli\.mjs \S+\/bundle-gpu\/run\.ts --software two words\n$/);
    expect([first.status, first.stderr]).toEqual([3, expect.stringMatching(/^unpacking .*\.tar\.xz\n$/)]);
    expect(run().stderr).toBe("");
  });

  test("unpacks a newer archive in place of what the last one left", () => {
    pack("first", minutes(-1));
    run();
    write("cyclegan-webgpu-linux-x64/stale");
    pack("second", minutes(1));
    expect(run().stdout).toMatch(/^second /);
    expect(existsSync(join(folder, "cyclegan-webgpu-linux-x64/stale"))).toBe(false);
  });

  test("says what is missing without an archive", () => {
    copyFileSync(join(root, "scripts/bundle-gpu/run.sh"), join(folder, "run.sh"));
    const { status, stderr } = run();
    expect(stderr).toMatch(/^run\.sh: expected .*\.tar\.xz beside this script, got none\./);
    expect(status).toBe(1);
  });
});

describe("a part of the run", () => {
  const part = (command: string, ...args: string[]) =>
    runPart([command, ...args], { cwd: folder, env: process.env, log: join(folder, "part.log") });

  test.each([
    ["passed", 0],
    ["failed", 1],
    ["skipped", 77],
  ] as const)("has %s when its program exits with %i", async (status, code) => {
    expect((await part(process.execPath, "--eval", `process.exit(${code})`)).status).toBe(status);
  });

  test("is skipped where its program is not on the machine", async () => {
    const program = join(folder, "no-such-program");
    expect((await part(program)).status).toBe("skipped");
    expect(readFileSync(join(folder, "part.log"), "utf8")).toBe(`$ ${program}\n`);
  });

  test("leaves all that it printed in its log, after the command", async () => {
    const program = "console.log('one'); console.error('two')";
    await part(process.execPath, "--eval", program);
    const [command, ...printed] = readFileSync(join(folder, "part.log"), "utf8").trim().split("\n");
    expect(command).toBe(`$ ${process.execPath} --eval ${program}`);
    expect(printed.toSorted()).toEqual(["one", "two"]);
  });
});

test("ours stands beside the faster of PyTorch's two orders of axes", () => {
  const row = (name: string, precision: string, milliseconds: number) => ({ name, precision, milliseconds });
  const step = [row("step", "float32", 10), row("step", "float32", 8), row("step", "TF32", 2)];
  const rows = [...step, row("theirs alone", "TF32", 1)];
  const steps = [{ name: "step", milliseconds: 12 }];
  const ours = { adapter: { name: "card" }, steps, kernels: [{ name: "ours alone", milliseconds: 1 }] };
  expect(againstPytorch(ours, { device: "the card", torch: "2.0", rows })).toEqual([
    "ours on card; PyTorch 2.0 on the card, the faster order of axes",
    "work, ms (ours over it)  ours, float32  PyTorch float32   PyTorch TF32",
    "step                            12.000    8.000 (1.50×)  2.000 (6.00×)",
  ]);
});
