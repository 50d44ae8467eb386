import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { unpaired } from "../../src/data/datasets/unpaired.js";
import { dataFingerprint, describeImages, findImages } from "../../src/data/image-folder.js";
import { describeLeftOut, scanFolder } from "../../src/data/scan-folder.js";
import { temporaryFolder } from "./temporary-folder.js";

const root = temporaryFolder();
const png = Buffer.from("\x89PNG\r\n\x1a\n0000", "latin1");
const heic = Buffer.from("\0\0\0\x18ftypheic0000", "latin1");

/** Writes files into a folder; returns the folder and a scan's images and left-out entries, relative to it. */
function folderOf(name: string, files: Readonly<Record<string, Buffer>>): { folder: string; images: () => string[]; leftOut: () => string[] } {
  const folder = join(root, name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, ".."), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  const tell = (paths: readonly string[]): string[] => paths.map((path) => relative(folder, path));
  return {
    folder,
    images: () => tell(scanFolder(folder).images),
    leftOut: () => scanFolder(folder).leftOut.map(({ path, reason }) => `${relative(folder, path)}: ${reason}`),
  };
}

test("linked files and folders are followed, and each real folder is entered once", () => {
  folderOf("elsewhere", { "x.png": png });
  const { folder, images, leftOut } = folderOf("links", { "a.png": png, "deep/b.png": png });
  symlinkSync(join(root, "elsewhere"), join(folder, "linked"));
  symlinkSync(join(root, "elsewhere"), join(folder, "linked again"));
  symlinkSync(folder, join(folder, "cycle"));
  symlinkSync(join(folder, "a.png"), join(folder, "z.png"));
  expect(images()).toEqual(["a.png", "deep/b.png", "linked/x.png", "z.png"]);
  expect(leftOut()).toEqual([]);
});

test("every extension of a kind that can be read counts, and a file with another or none is judged by its content", () => {
  const names = ["a.png", "b.JPEG", "c.jfif", "d.avif", "e.tif", "f.dib", "g.webp", "h.dat", "i.jpg_large", "photo"];
  const texts = { "notes.txt": "BM is how this text begins", readme: "text", "page.html": "<html>", empty: "" };
  const { folder, images } = folderOf("kinds", {
    ...Object.fromEntries(names.map((name) => [name, png])), ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])),
  });
  expect(images()).toEqual(names);
  expect(describeLeftOut(scanFolder(folder))).toBe("4 files that are no images");
});

test("a bitmap and a HEIC image are known by their content under any name", () => {
  const bitmap = Buffer.alloc(54);
  bitmap.write("BM");
  bitmap.writeUInt32LE(40, 14);
  const { folder, images } = folderOf("unnamed", { "a.dat": bitmap, "phone.dat": heic });
  expect(images()).toEqual(["a.dat"]);
  expect(describeLeftOut(scanFolder(folder))).toMatch(/phone\.dat \(a HEIC image, as phones make/);
});

test("images of kinds that cannot be read are named, with advice; one that is only named so is read", () => {
  const { folder, images } = folderOf("phones", { "IMG_1.HEIC": heic, "IMG_2.heic": png, "raw.cr2": Buffer.from("II*\0raw") });
  expect(images()).toEqual(["IMG_2.heic", "raw.cr2"]);
  expect(describeLeftOut(scanFolder(folder))).toMatch(/IMG_1\.HEIC \(a HEIC image, as phones make\. Convert it to JPEG or PNG first, for example with heif-convert/);
});

test("thumbnails and bins of storage boxes and systems are no images, nor is what is hidden, and all are counted", () => {
  const boxes = ["@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", ".thumbnails", "deep/@eaDir"];
  const { folder, images, leftOut } = folderOf("boxes", { "a.png": png, "._a.png": png, ...Object.fromEntries(boxes.map((box) => [`${box}/t.png`, png])) });
  expect(images()).toEqual(["a.png"]);
  expect(leftOut()).toEqual([]);
  expect(describeLeftOut(scanFolder(folder))).toMatch(/^2 hidden files or folders, 5 folders of thumbnails or deleted files \([^,]+, [^,]+, [^,]+\)$/);
});

test("what is left out is described by its reasons, with the first entry of each and how many more there are", () => {
  const heics = Object.fromEntries(["1", "2", "3", "4"].map((name) => [`${name}.heic`, heic]));
  const { folder } = folderOf("reasons", { "a.png": png, ...heics });
  symlinkSync(join(folder, "none.png"), join(folder, "z.png"));
  const text = describeLeftOut(scanFolder(folder)).replaceAll(join(folder, "/"), "");
  expect(text).toMatch(/^1\.heic and 3 more \(a HEIC image, as phones make\. [^)]*\), z\.png \(a link to nothing, [^)]*\)$/);
});

test.skipIf(process.platform === "win32")("an entry that cannot be used is named, and the rest is found", () => {
  const { folder, images, leftOut } = folderOf("broken", { "a.png": png, [`${"n".repeat(233)}.png`]: png });
  symlinkSync(join(folder, "nothing.png"), join(folder, "dangling.png"));
  symlinkSync(join(folder, "loop.png"), join(folder, "loop.png"));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/latin-`), Buffer.from([0xe9]), Buffer.from(".png")]), png);
  expect(images()).toEqual(["a.png", `${"n".repeat(233)}.png`]);
  expect(leftOut().sort()).toEqual([
    "dangling.png: a link to nothing, or a file that vanished",
    "latin-\uFFFD.png: a name that is not UTF-8",
    "loop.png: a link that leads to itself",
  ]);
});

test.skipIf(process.platform === "win32" || process.getuid?.() === 0)("a folder without permission is named", () => {
  const { folder, images, leftOut } = folderOf("closed", { "a.png": png, "deep/b.png": png });
  chmodSync(join(folder, "deep"), 0);
  expect([images(), leftOut()]).toEqual([["a.png"], ["deep: no permission to read it"]]);
  chmodSync(join(folder, "deep"), 0o755);
});

test("a data set is described in a line, and its fingerprint bears a link to nothing", () => {
  const { folder } = folderOf("set", { "trainA/1.png": png, "trainB/1.png": png, "trainB/2.png": png, "trainB/x.heic": heic });
  symlinkSync(join(folder, "none.png"), join(folder, "trainA", "2.png"));
  expect(describeImages(unpaired, { dataroot: folder }, "train")).toMatch(/set.trainA: 1 image, left out: .*2\.png \(a link to nothing, .*\); .*set.trainB: 2 images, left out: .*x\.heic \(a HEIC image/);
  expect(dataFingerprint(unpaired, { dataroot: folder })).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ["horse2zebra/trainA", "horse2zebra/trainB", / .*horse2zebra.trainA is there: use --dataroot .*horse2zebra\.$/],
  ["TrainA", "TrainB", / .*TrainA and .*TrainB are there: rename them\.$/],
  ["paintings", "photos", / Or name two folders in place of --dataroot, such as --a .*paintings --b .*photos\.$/],
  ["one", "two/three/four", / Or name two folders in place of --dataroot, such as --a .*one --b .*two\.$/],
  [".a", "only", / There are other folders: only\.$/],
  ["train/A", "train/B", / .*train.A and .*train.B are there: rename them\.$/],
])("a data set with %s instead of trainA is told what is there", (a, b, message) => {
  const { folder } = folderOf(`near ${a.replace("/", " ")}`, { [`${a}/1.png`]: png, [`${b}/1.png`]: png });
  expect(() => findImages(unpaired, { dataroot: folder }, "train")).toThrow(/trainA: expected a folder of images .*, got nothing there\. A data set contains the folders trainA and trainB/);
  expect(() => findImages(unpaired, { dataroot: folder }, "train")).toThrow(message);
});

test("a folder of a data set in place of the data set is told so", () => {
  const { folder } = folderOf("inside", { "trainA/1.png": png, "trainB/1.png": png });
  expect(() => findImages(unpaired, { dataroot: join(folder, "trainA") }, "train")).toThrow(/ Name the folder above it: --dataroot .*inside\.$/);
});

test("two folders stand for a data set, and a part of each is held out by the seed", () => {
  const files = (count: number): Record<string, Buffer> => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${String(index).padStart(3, "0")}.png`, png]));
  const [{ folder: a }, { folder: b }] = [folderOf("photos", files(40)), folderOf("paintings", files(9))];
  const of = (phase: string, more: object = {}): Readonly<Record<string, readonly string[]>> => findImages(unpaired, { dataroot: "", a, b, holdOut: 5, seed: 0, ...more }, phase);
  const [train, held] = [of("train"), of("test")];
  expect([train["A"]?.length, held["A"]?.length, train["B"]?.length, held["B"]?.length]).toEqual([38, 2, 8, 1]);
  expect([...(train["A"] ?? []), ...(held["A"] ?? [])].sort()).toEqual(scanFolder(a).images);
  expect(of("test")).toEqual(held);
  expect(of("test", { seed: 1 })).not.toEqual(held);
  expect(of("train", { holdOut: 0 })["A"]).toHaveLength(40);
  expect(() => of("test", { holdOut: 0 })).toThrow(/photos: expected images that are held out, got none \(--hold-out 0, 40 images\)/);
  expect(describeImages(unpaired, { dataroot: "", a, b, holdOut: 5 }, "train")).toMatch(/photos: 38 images; .*paintings: 8 images\. 5 % of each folder are held out/);
});
