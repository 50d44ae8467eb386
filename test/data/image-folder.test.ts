import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { unpaired } from "../../src/data/datasets/unpaired.js";
import { findImages } from "../../src/data/image-folder.js";
import { listImages } from "../../src/data/list-images.js";
import { DataError } from "../../src/errors.js";
import { temporaryFolder } from "./temporary-folder.js";

const root = temporaryFolder();

function touch(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), "");
  }
}

describe("listImages", () => {
  it("finds images below the folder by any known extension, sorted by code unit", () => {
    touch("set/b.png", "set/B.JPG", "set/a/z.webp", "set/10.tiff", "set/9.gif", "set/é.bmp");
    touch("set/notes.txt", "set/._b.png");
    symlinkSync(join(root, "set/b.png"), join(root, "set/link.jpeg"));
    symlinkSync(join(root, "set"), join(root, "set/cycle"));
    const names = listImages(join(root, "set")).map((path) => relative(join(root, "set"), path));
    expect(names).toEqual(["10.tiff", "9.gif", "B.JPG", join("a", "z.webp"), "b.png", "link.jpeg", "é.bmp"]);
  });

  it("names an empty folder, an absent one and a file, and says what was expected", () => {
    touch("empty/readme.md");
    for (const [name, got] of Object.entries({ empty: "none", absent: "nothing there", "empty/readme.md": "a file" })) {
      expect(() => listImages(join(root, name))).toThrow(DataError);
      expect(() => listImages(join(root, name))).toThrow(new RegExp(`${name}: expected .*png, jpg.* got ${got}`));
    }
  });
});

describe("findImages", () => {
  it("gives the two domains of a phase", () => {
    touch("pair/trainA/1.png", "pair/trainB/2.png", "pair/trainB/3.png");
    const { A: a = [], B: b = [] } = findImages(unpaired, { dataroot: join(root, "pair") }, "train");
    expect([a.length, b.length]).toEqual([1, 2]);
  });

  it("names the folder that lacks, and its partner", () => {
    expect(() => findImages(unpaired, { dataroot: join(root, "pair") }, "test")).toThrow(/testA: expected a folder .*testA and testB/);
    const nowhere = (): unknown => findImages(unpaired, { dataroot: join(root, "nowhere") }, "train");
    expect(nowhere).toThrow(/nowhere: expected a folder with .*trainA and trainB/);
  });
});
