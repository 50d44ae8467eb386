import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { optionsFile, optionsPage } from "../../scripts/options-page.js";
import { makeImages } from "../cli/make-images.js";
import { sceneClasses, writeScenes } from "../support/scenes.js";
import { respell } from "../../src/cli/arguments/spelling.js";
import { cyclegan, mainFile } from "../cli/run-command.js";
import { root } from "../examples/run-example.js";
import { commandsOf, documents, type Document } from "./documents.js";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Makes a folder with everything that the documents use: a data set, photos, files of weights, and the package. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-docs-"));
  folders.push(folder);
  for (const domain of ["trainA", "trainB", "testA", "testB"]) makeImages(join(folder, "datasets/horse2zebra", domain), 2, 36, 36);
  for (const phase of ["train", "test"]) makeImages(join(folder, "datasets/facades", phase), 2, 72, 36);
  for (const phase of ["train", "test"] as const) writeScenes(join(folder, "datasets/streets"), phase, 2, 36, "colours");
  writeFileSync(join(folder, "datasets/streets/classes.json"), JSON.stringify(classList));
  makeImages(join(folder, "photos"), 2, 32, 32);
  for (const name of ["horse2zebra", "zebra2horse"]) copyFileSync(join(root, "test/reference/weights/zip.pth"), join(folder, `${name}.pth`));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/cyclegan-webgpu"));
  return folder;
}

/** The content of the classes.json of scenes. */
const classList = sceneClasses.names.map((name, index) => ({ name, color: sceneClasses.colors?.[index] }));

/** Small sizes, put before the document's options so that those override them. */
const tiny = "--load-size 36 --crop-size 32 --ngf 4 --max-steps 2";

/** The same for the model of a command, with sizes that only its networks have. */
function sizesOf(command: string): string {
  if (command.includes("--model fcn")) return tiny;
  return command.includes("--model gan") ? `${tiny} --ndf 4` : `${tiny} --ndf 4 --n-blocks 1`;
}

/** The command line for the built program, with small sizes for a new training. */
function runnable(command: string): string {
  const isNew = command.startsWith("npx cyclegan train") && !command.includes("--resume") && !command.includes("--config");
  return command.replace("npx cyclegan train", isNew ? `npx cyclegan train ${sizesOf(command)}` : "npx cyclegan train").replace("npx cyclegan", `"${process.execPath}" "${mainFile}"`);
}

const withCommands = documents.filter(({ blocks }) => commandsOf(blocks.filter(({ info }) => info === "sh")).length > 0);

describe.concurrent("the commands of", { timeout: 120_000 }, () => {
  test.each(withCommands)("$name run in the order of the page", async ({ blocks }: Document) => {
    const folder = makeFolder();
    for (const command of commandsOf(blocks.filter(({ info }) => info === "sh"))) {
      const env = { ...process.env, DEBUG: "" };
      await promisify(execFile)("/bin/sh", ["-c", runnable(command)], { cwd: folder, env, encoding: "buffer" }).catch((error: Error) => {
        throw new Error(`${command}\n${error.message}`);
      });
    }
  });
});

/** What has the options of a command: its subcommand, with that of the queue and, if it trains, its model. */
function helpOf(command: string): string {
  const [, , subcommand = "", action = ""] = command.split(" ");
  if (subcommand === "queue") return `queue ${action}`;
  const [model] = subcommand === "train" ? (/--model \w+/.exec(command) ?? []) : [];
  return model === undefined ? subcommand : `${subcommand} ${model}`;
}

test("every command in the documents only uses options that exist", { timeout: 60_000 }, async () => {
  const shown = documents.flatMap(({ name, blocks }) => commandsOf(blocks).map((command) => ({ name, command })));
  expect(shown.length).toBeGreaterThan(25);
  const helps = new Map<string, string>();
  for (const { command } of shown) {
    const help = helpOf(command);
    if (!helps.has(help)) helps.set(help, (await cyclegan(tmpdir(), ...help.split(" "), "--help", "--all")).stdout);
  }
  const wrong = shown.flatMap(({ name, command }) => {
    const own = respell((command.split(" -- ")[0] ?? "").split(" ").slice(2)).args.join(" ");
    const flags = own.match(/(?<= )--[a-z][a-z0-9-]*/g) ?? [];
    return flags.filter((flag) => !helps.get(helpOf(command))?.includes(flag)).map((flag) => `${name}: ${command}: ${flag}`);
  });
  expect(wrong).toEqual([]);
});

const snippets = documents.flatMap(({ blocks }) => blocks.filter(({ info }) => info.startsWith("ts")));

test("every TypeScript snippet type-checks, and runs unless it is marked no-run", { timeout: 60_000 }, async () => {
  const folder = makeFolder();
  const files = snippets.map(({ text }, index) => {
    const file = `snippet-${index}.ts`;
    writeFileSync(join(folder, file), text);
    return file;
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
  symlinkSync(join(root, "node_modules/@webgpu"), join(folder, "node_modules/@webgpu"));
  const strict = ["--ignoreConfig", "--strict", "--target", "ES2022", "--module", "NodeNext", "--skipLibCheck", "--noEmit", "--types", "node"];
  await promisify(execFile)(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...strict, ...files], { cwd: folder });
  for (const [index, { info }] of snippets.entries()) {
    if (info !== "ts") continue;
    await promisify(execFile)(process.execPath, ["--import", import.meta.resolve("tsx"), files[index] ?? ""], { cwd: folder });
  }
});

/** The number of words outside code, tables and pictures. */
function wordsOf(text: string): number {
  const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(/^\|.*$/gm, "").replaceAll(/!\[[^\]]*\]\([^)]*\)/g, "").replaceAll(/\]\([^)]*\)/g, "]");
  return prose.split(/\s+/).filter((word) => /[A-Za-z0-9]/.test(word)).length;
}

test("README.md has at most 900 words of prose", () => {
  expect(wordsOf(readFileSync(join(root, "README.md"), "utf8"))).toBeLessThanOrEqual(900);
});

test("docs/options.md is up to date with the tables of options (npm run docs:options)", () => {
  expect(readFileSync(optionsFile, "utf8")).toBe(optionsPage());
});
