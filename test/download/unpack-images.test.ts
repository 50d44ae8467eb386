import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { unpackImages } from "../../src/download/unpack-images.js";
import { DataError } from "../../src/errors.js";
import { temporaryFolder } from "../data/temporary-folder.js";
import { content, domains, tarGzOf, tarOf, zipOf } from "./archives.js";

const root = temporaryFolder();
const signal = new AbortController().signal;
let number = 0;

/** Unpacks an archive of these bytes into a new folder. */
function unpack(bytes: Uint8Array, layout: "domains" | "pairs" = "domains"): { folder: string; counts: Promise<ReadonlyMap<string, number>> } {
  const folder = join(root, String(number++), "inside");
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}.archive`, bytes);
  return { folder, counts: unpackImages(`${folder}.archive`, folder, layout, { signal, onProgress: () => {} }) };
}

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((file) => (file.isFile() ? [file.name] : []));

describe.each([
  ["a zip", zipOf(domains)],
  ["a compressed zip", zipOf(domains, { level: 6 })],
  ["a tar.gz", Promise.resolve(tarGzOf(domains))],
])("%s", (_, archive) => {
  test("becomes folders of images, in the order of a data set", async () => {
    const { folder, counts } = unpack(await archive);
    expect([...(await counts)]).toEqual([["trainA", 2], ["trainB", 1], ["testA", 1], ["testB", 1]]);
    expect(readFileSync(join(folder, "trainA", "2.jpg"))).toEqual(Buffer.from(content(1)));
    expect(readdirSync(folder).sort()).toEqual(["testA", "testB", "trainA", "trainB"]);
  });

  test("that is cut short is refused", async () => {
    const bytes = await archive;
    for (const length of [bytes.length - 1, Math.floor(bytes.length / 2)]) {
      const { counts } = unpack(bytes.slice(0, length));
      await expect(counts).rejects.toThrow(/inside\.archive: expected a whole archive, got one that is cut short or damaged/);
    }
  });

  test("with a changed byte in an image is refused", async () => {
    const bytes = Uint8Array.from(await archive);
    // Behind the headers of the first image, and inside its content.
    bytes.set([(bytes[120] ?? 0) ^ 0xff], 120);
    await expect(unpack(bytes).counts).rejects.toThrow(DataError);
  });
});

test("only images in the folders of a data set are unpacked", async () => {
  const others = ["__MACOSX/trainA/1.jpg", "x/trainA/.hidden.jpg", "x/trainA/Thumbs.db", "x/README.txt", "x/loose.jpg", "x/train/1.jpg"];
  const { folder, counts } = unpack(await zipOf({ ...domains, ...Object.fromEntries(others.map((path) => [path, content(9)])) }));
  expect((await counts).get("trainA")).toBe(2);
  expect(filesIn(folder)).toHaveLength(5);
});

test("val becomes test where there is none, and stays where there is one", async () => {
  const files = (...folders: string[]): Record<string, Uint8Array> => Object.fromEntries(folders.map((folder) => [`maps/${folder}/1.jpg`, content(1)]));
  expect([...(await unpack(tarGzOf(files("train", "val")), "pairs").counts)]).toEqual([["train", 1], ["test", 1]]);
  expect([...(await unpack(tarGzOf(files("train", "val", "test")), "pairs").counts)]).toEqual([["train", 1], ["test", 1], ["val", 1]]);
});

test("another data set is refused, with what was found", async () => {
  await expect(unpack(await zipOf({ "x/trainA/1.jpg": content(1) })).counts).rejects.toThrow(/expected images in trainB, got 1 in trainA\. It is another data set/);
  await expect(unpack(await zipOf({ "x/1.jpg": content(1) })).counts).rejects.toThrow(/expected images in trainA and trainB, got none in any folder/);
});

test.each([
  ["a web page", Buffer.from("<!DOCTYPE html><title>404</title>"), /got a web page, as servers send/],
  ["a text", Buffer.from("not here"), /got a file that begins with "not here"/],
  ["nothing", Buffer.alloc(0), /got an empty file/],
])("%s is no archive", async (_, bytes, message) => {
  await expect(unpack(bytes).counts).rejects.toThrow(message);
});

const one = { bytes: content(1) };
const zeros = new Uint8Array(40e6);

describe("hostile archives", () => {
  test.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ["a zip that leads up", () => zipOf({ ...domains, "x/../../../trainA/evil.jpg": content(1) }), /path that leads out of its folder, "x\/\.\.\/\.\.\//],
    ["a zip with an absolute path", () => zipOf({ "/trainA/evil.jpg": content(1) }), /path that leads out/],
    ["a zip with a drive", () => zipOf({ "C:/trainA/evil.jpg": content(1) }), /path that leads out/],
    ["a zip with backslashes", () => zipOf({ "trainA\\..\\..\\evil.jpg": content(1) }), /path that leads out/],
    ["a zip with a link", () => zipOf({ "trainA/1.jpg": content(1) }, { symlink: "trainA/1.jpg" }), /a link or a device in it, "trainA\/1\.jpg"/],
    ["a zip bomb", () => zipOf({ "trainA/1.jpg": zeros, "trainA/2.jpg": zeros }, { level: 9 }), /expands to more than four times its size/],
    ["a tar that leads up", async () => tarOf([{ path: "x/../../trainA/evil.jpg", ...one }]), /path that leads out/],
    ["a tar with an absolute path", async () => tarOf([{ path: "/trainA/evil.jpg", ...one }]), /path that leads out/],
    ["a tar with a symbolic link", async () => tarOf([{ path: "trainA", bytes: new Uint8Array(), type: "SymbolicLink", linkpath: "/etc" }, { path: "trainA/1.jpg", ...one }]), /a link or a device in it, "trainA"/],
    ["a tar with a hard link", async () => tarOf([{ path: "trainA/1.jpg", bytes: new Uint8Array(), type: "Link", linkpath: "/etc/passwd" }]), /a link or a device/],
    ["a tar with a device", async () => tarOf([{ path: "trainA/1.jpg", bytes: new Uint8Array(), type: "CharacterDevice" }]), /a link or a device/],
    ["a tar bomb", async () => gzipSync(tarOf([{ path: "trainA/1.jpg", bytes: zeros }])), /expands to more than four times its size/],
    ["a tar with two files of a name", async () => tarOf([{ path: "a/trainA/1.jpg", ...one }, { path: "b/trainA/1.jpg", ...one }]), /two files of the name "b\/trainA\/1\.jpg"/],
    ["a tar with a huge file", async () => tarOf([{ path: "trainA/1.jpg", bytes: new Uint8Array(65 * 2 ** 20) }]), /a file of 68157440 bytes in it/],
  ])("%s is refused and writes nothing outside", async (_, make, message) => {
    const { folder, counts } = unpack(await make());
    await expect(counts).rejects.toThrow(message);
    await expect(counts).rejects.toThrow(DataError);
    expect(filesIn(join(folder, "..")).filter((name) => name === "evil.jpg")).toEqual([]);
  });
});

test("a signal ends the unpacking", async () => {
  const folder = join(root, "ended");
  mkdirSync(folder);
  writeFileSync(`${folder}.zip`, await zipOf(domains));
  await expect(unpackImages(`${folder}.zip`, folder, "domains", { signal: AbortSignal.abort(), onProgress: () => {} })).rejects.toThrow(/abort/i);
  expect(filesIn(folder)).toEqual([]);
});
