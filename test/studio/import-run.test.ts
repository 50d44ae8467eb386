import { expect, test } from "vitest";
import { findRun, runFolderIn } from "../../src/studio/worker/import-run.js";
import type { GivenFile } from "../../src/studio/files/given-file.js";

const given = (path: string, text = "x"): GivenFile => ({ path, file: new File([text], path.split("/").at(-1)!) });

test("a run with two named folders, as a page saves it", async () => {
  const found = await findRun([
    given("runs/one/config.json", JSON.stringify({ name: "one", a: "data/one/A", b: "data/one/B" })),
    given("runs/one/run.lock"),
    given("runs/one/checkpoints/step-00000004/manifest.json"),
    given("runs/one/checkpoints/.partial-1/manifest.json"),
    given("data/one/A/1.png"),
    given("data/one/A/more/2.jpg"),
    given("data/one/A/notes.txt"),
    given("data/one/B/1.png"),
  ]);
  expect(found.name).toBe("one");
  expect([...found.files.keys()]).toEqual(["config.json", "checkpoints/step-00000004/manifest.json"]);
  expect([...found.pictures.keys()]).toEqual(["A/1.png", "A/more/2.jpg", "B/1.png"]);
  expect(found.place("data/two")).toEqual({ a: "data/two/A", b: "data/two/B", dataroot: "" });
});

test("a run of a data set, whose folder is now elsewhere", async () => {
  const found = await findRun([
    given("work/runs/maps/config.json", JSON.stringify({ dataroot: "/data/maps" })),
    given("work/runs/maps/checkpoints/step-00000004/manifest.json"),
    given("work/maps/trainA/1.png"),
    given("work/maps/trainB/1.png"),
    given("work/maps/testA/1.png"),
  ]);
  expect([found.name, ...found.pictures.keys()]).toEqual(["maps", "trainA/1.png", "trainB/1.png", "testA/1.png"]);
  expect(found.place("data/maps")).toEqual({ a: "", b: "", dataroot: "data/maps" });
});

test("other files, and a run without its pictures, are refused with what is missing", async () => {
  expect(runFolderIn([given("A/1.png"), given("config.json")])).toBeUndefined();
  await expect(findRun([given("A/1.png")])).rejects.toThrow(/expected the folder of a run/);
  const run = [given("one/config.json", JSON.stringify({ name: "one", a: "A", b: "B" })), given("one/checkpoints/x")];
  await expect(findRun(run)).rejects.toThrow("one: expected the run with its pictures, got none of those in A and B.");
});
