/** Where a training finds the classes of its labels. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError, UsageError } from "../../src/errors.js";
import { trainConfig } from "../../src/run/options.js";
import { checkConfig } from "../../src/training/checks.js";
import { withClasses } from "../../src/training/classes.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-classes-"));
  for (const name of ["photos", "labels"]) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (...place: readonly string[]): void => writeFileSync(join(folder, ...place, "classes.json"), '[{ "name": "sky" }, { "name": "road" }]');
const classesOf = (settings: Record<string, string>): unknown => withClasses(trainConfig({ model: "fcn", ...settings }))["classes"];
const apart = (): Record<string, string> => ({ a: join(folder, "photos"), b: join(folder, "labels") });

test("in the data set", () => {
  expect(classesOf({ dataroot: folder })).toBe("");
  write();
  expect(classesOf({ dataroot: folder })).toBe("sky,road");
  expect(classesOf({ dataroot: folder, classes: "3" })).toBe("3");
});

test("in the folder of labels that is named, or in the one above it", () => {
  write();
  expect(classesOf(apart())).toBe("sky,road");
  writeFileSync(join(folder, "labels", "classes.json"), '[{ "name": "near" }, { "name": "far" }]');
  expect(classesOf(apart())).toBe("near,far");
  // With BtoA the labels are in the folder of A.
  expect(classesOf({ ...apart(), direction: "BtoA" })).toBe("sky,road");
});

test("models without labels need none; the FCN says what is missing, and what cannot be read", () => {
  expect(withClasses(trainConfig({ dataroot: folder }))["classes"]).toBeUndefined();
  expect(() => checkConfig(withClasses(trainConfig({ model: "fcn", dataroot: folder })))).toThrow(UsageError);
  expect(() => checkConfig(withClasses(trainConfig({ model: "fcn", dataroot: folder })))).toThrow(/--classes: expected the classes of the labels, got none\. Put a classes\.json/);
  writeFileSync(join(folder, "classes.json"), "[");
  expect(() => classesOf({ dataroot: folder })).toThrow(DataError);
});
