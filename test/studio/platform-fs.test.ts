import * as node from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as ours from "../../src/studio/platform/fs.js";
import { scratchFolder } from "../report/make-run.js";

const folder = scratchFolder();

/** What a call returns, or the code of its error. Bytes are shown as text. */
function outcome(call: () => unknown): unknown {
  try {
    const value = call();
    if (value instanceof Uint8Array) return Buffer.from(value).toString();
    return Array.isArray(value) ? value.map(String).sort() : value;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

type Fs = Pick<typeof node, "mkdirSync" | "writeFileSync" | "appendFileSync" | "readFileSync" | "readdirSync" | "renameSync" | "rmSync" | "statSync" | "existsSync" | "truncateSync">;

/** Calls that trainings make, and wrong ones. */
function calls(fs: Fs, at: (path: string) => string): (() => unknown)[] {
  const kinds = (path: string): unknown => {
    const found = fs.statSync(at(path), { throwIfNoEntry: false });
    return found && [found.isFile(), found.isDirectory(), found.isFile() ? found.size : 0];
  };
  return [
    () => fs.mkdirSync(at("run")),
    () => fs.mkdirSync(at("run")),
    () => fs.mkdirSync(at("no/such")),
    () => (fs.mkdirSync(at("run/checkpoints/one"), { recursive: true }), fs.existsSync(at("run/checkpoints"))),
    () => fs.writeFileSync(at("run/config.json"), "{}\n", { flush: true }),
    () => fs.writeFileSync(at("run/config.json"), "other", { flag: "wx" }),
    () => fs.writeFileSync(at("run"), "text"),
    () => fs.writeFileSync(at("run/no/file"), "text"),
    () => fs.writeFileSync(at("run/config.json/file"), "text"),
    () => fs.readFileSync(at("run/config.json"), "utf8"),
    () => fs.readFileSync(at("run/config.json")),
    () => fs.readFileSync(at("run/none")),
    () => fs.readFileSync(at("run")),
    () => fs.appendFileSync(at("run/log.jsonl"), "one\n"),
    () => fs.appendFileSync(at("run/log.jsonl"), Uint8Array.from([0xc3, 0xa4, 10])),
    () => fs.readFileSync(at("run/log.jsonl"), "utf8"),
    () => fs.truncateSync(at("run/log.jsonl"), 2),
    () => fs.appendFileSync(at("run/log.jsonl"), "x".repeat(3000)),
    () => fs.readFileSync(at("run/log.jsonl"), "utf8"),
    () => [kinds("run"), kinds("run/log.jsonl"), kinds("run/none"), kinds("none/none")],
    () => fs.statSync(at("run/none")),
    () => fs.statSync(at("run/config.json/below"), { throwIfNoEntry: false }),
    () => fs.writeFileSync(at("run/checkpoints/one/a"), "a"),
    () => fs.writeFileSync(at("run/checkpoints/.partial"), "b"),
    () => fs.renameSync(at("run/checkpoints/.partial"), at("run/checkpoints/one/a")),
    () => fs.readFileSync(at("run/checkpoints/one/a"), "utf8"),
    () => fs.renameSync(at("run/checkpoints/one"), at("run/checkpoints/two")),
    () => fs.renameSync(at("run/none"), at("run/other")),
    () => fs.renameSync(at("run/config.json"), at("run/checkpoints")),
    () => fs.mkdirSync(at("run/empty")),
    () => fs.renameSync(at("run/empty"), at("run/checkpoints/two")),
    () => fs.renameSync(at("run/checkpoints/two"), at("run/empty")),
    () => fs.readdirSync(at("run")),
    () => fs.readdirSync(at("run"), { recursive: true, encoding: "utf8" }),
    () => fs.readdirSync(at("run/config.json")),
    () => fs.readdirSync(at("none")),
    () => fs.rmSync(at("run/none")),
    () => fs.rmSync(at("run/none"), { force: true }),
    () => fs.rmSync(at("run/empty/a")),
    () => fs.rmSync(at("run/checkpoints"), { recursive: true, force: true }),
    () => fs.readdirSync(at("run"), { recursive: true, encoding: "utf8" }),
  ];
}

test("the files of a worker behave as those of a disk do", () => {
  const real = calls(node, (path) => join(folder, path)).map(outcome);
  const memory = calls(ours as unknown as Fs, (path) => path).map(outcome);
  expect(memory).toEqual(real);
});

test("a line that is appended changes no content that was taken before", () => {
  ours.tree.clear();
  ours.appendFileSync("log", "one\n");
  const before = ours.readFileSync("log");
  ours.appendFileSync("log", "two\n");
  ours.truncateSync("log", 4);
  ours.appendFileSync("log", "three\n");
  expect([new TextDecoder().decode(before), ours.readFileSync("log", "utf8")]).toEqual(["one\n", "one\nthree\n"]);
});

test("a part of a file is read at its position", () => {
  ours.writeFileSync("image", "0123456789");
  const descriptor = ours.openSync("image");
  const bytes = new Uint8Array(4);
  expect(ours.readSync(descriptor, bytes, 0, 4, 8)).toBe(2);
  ours.closeSync(descriptor);
  expect([...bytes]).toEqual([56, 57, 0, 0]);
});
