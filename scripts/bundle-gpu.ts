/**
 * `npm run bundle:gpu [-- <folder>]`: packs what an offline Linux machine with a GPU needs to run the tests and the
 * bench: Node, Dawn's binding, the Vulkan loader, SwiftShader for a try-out, the built product, its tests and bench and
 * their packages; the demo's data set and the other engines of bench:peers, where these are installed. Writes the archive and
 * the script that unpacks and runs it.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { driverFolder } from "../src/driver/driver-folder.js";
import { datasetFolder } from "../src/demo/settings.js";
import { style } from "../src/demo/tasks/style.js";
import { provideSwiftshader } from "../src/driver/swiftshader.js";
import { commandsOf, packagesOf, productionPackages } from "./bundle-gpu/packages.js";

const NAME = "cyclegan-webgpu-linux-x64";
/** What fits into a 64 MiB transfer with some room. */
const LARGEST = 60e6;

const root = fileURLToPath(new URL("../", import.meta.url));

const FOLDERS = ["dist", "shaders", "src", "test", "bench", "scripts"];
const FILES = ["package.json", "tsconfig.json", "vitest.config.ts"];
/** What tests and times, besides the product's own packages. */
const TOOLS = ["vitest", "tsx"];

/** What no program of a package reads at run time, Dawn for other platforms, and esbuild's second copy of itself. */
const UNUSED = [
  /\.map$/,
  /\.d\.[cm]?ts$/,
  /\/(readme|changelog)[^/]*$/i,
  /\/webgpu\/(build$|dist\/(?!linux-x64)[^/]+$)/,
  /\/esbuild\/bin$/,
];

function copyTree(from: string, to: string, leaveOut: (path: string) => boolean): void {
  cpSync(from, to, { recursive: true, filter: (path) => !leaveOut(relative(dirname(from), path)) });
}

function copyProduct(folder: string): void {
  const leftOut = /(^|\/)node_modules(\/|$)|^bench\/results(\/|$)/;
  for (const name of [...FOLDERS, ...FILES]) {
    copyTree(join(root, name), join(folder, name), (path) => leftOut.test(path));
  }
  copyFileSync(join(root, "scripts/bundle-gpu/run.sh"), join(folder, "run.sh"));
}

function copyPackages(folder: string): void {
  for (const path of packagesOf(root, [...productionPackages(root), ...TOOLS])) {
    const depth = path.length - basename(path).length;
    copyTree(join(root, path), join(folder, path), (inner) => {
      const full = path.slice(0, depth) + inner;
      return full.slice(path.length).includes("/node_modules") || UNUSED.some((pattern) => pattern.test(full));
    });
  }
  const commands = join(folder, "node_modules/.bin");
  mkdirSync(commands, { recursive: true });
  for (const name of TOOLS) {
    for (const [command, file] of Object.entries(commandsOf(root, name))) {
      symlinkSync(join("..", name, file), join(commands, command));
    }
  }
}

/** What is not in a checkout: the demo's data set and the packages of bench:peers, the one file of each that Node loads. */
function copyExtras(folder: string): void {
  const dataset = datasetFolder(style);
  if (existsSync(join(root, dataset))) cpSync(join(root, dataset), join(folder, dataset), { recursive: true });
  const packages = "bench/peers/node_modules";
  if (!existsSync(join(root, packages))) return;
  const unread = /\.(map|flow|ts)$|\/tf-[^/]+(?<!\.node)\.js$|\.min\.js$|\/@tensorflow\/[^/]+\/(src|dist\/miniprogram)(\/|$)/;
  copyTree(join(root, packages), join(folder, packages), (path) => unread.test(path));
}

/** Takes the symbols off Node and Dawn, a seventh of their size, where this machine can. */
function copyNode(folder: string): void {
  const node = join(folder, "bin/node");
  mkdirSync(dirname(node));
  copyFileSync(process.execPath, node);
  for (const file of [node, join(folder, "node_modules/webgpu/dist/linux-x64/dawn.node")]) {
    try {
      execFileSync("strip", [file]);
    } catch {
      console.error(`bundle: ${basename(file)} keeps its symbols: no strip here (binutils)`);
    }
  }
}

/** SwiftShader, with the Vulkan loader, in the folder where the product keeps drivers. */
async function copyDriver(folder: string): Promise<void> {
  const driver = driverFolder("swiftshader");
  if (!existsSync(driver)) await provideSwiftshader((line) => console.error(`bundle: ${line}`));
  cpSync(driver, join(folder, "cache/drivers/swiftshader"), { recursive: true });
}

function revision(): string {
  const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, stdio: "pipe" }).toString().trim();
  try {
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : " with changes"}`;
  } catch {
    return "of no known revision";
  }
}

/** Packs the folder's content under NAME. */
function pack(folder: string, archive: string): void {
  const plain = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", ["-cJf", archive, ...plain, "-C", dirname(folder), basename(folder)], {
    env: { ...process.env, XZ_OPT: "-7 -T0" },
    stdio: "inherit",
  });
}

async function bundle(output: string): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`bundle: expected Linux on x64, whose Node it packs, got ${process.platform} on ${process.arch}.`);
  }
  const work = mkdtempSync(join(tmpdir(), "cyclegan-bundle-"));
  try {
    const folder = join(work, NAME);
    mkdirSync(folder);
    copyProduct(folder);
    copyPackages(folder);
    copyExtras(folder);
    copyNode(folder);
    await copyDriver(folder);
    writeFileSync(join(folder, "made.txt"), `${revision()}, ${new Date().toISOString()}\n`);
    mkdirSync(output, { recursive: true });
    const archive = join(output, `${NAME}.tar.xz`);
    pack(folder, archive);
    copyFileSync(join(root, "scripts/bundle-gpu/run.sh"), join(output, "run.sh"));
    const { size } = statSync(archive);
    const megabytes = (size / 1e6).toFixed(1);
    if (size > LARGEST) {
      throw new Error(`bundle: expected at most ${LARGEST / 1e6} MB, got ${megabytes}. Leave something out of it.`);
    }
    console.log(`${archive}: ${megabytes} MB. Copy it to the machine with the run.sh beside it, then ./run.sh --help`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await bundle(resolve(process.argv[2] ?? "bundle")).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
