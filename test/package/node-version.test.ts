import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { isJsonObject } from "../../src/io/parse-json.js";

/** Starts the built command in a Node that believes to be another version. */
function start(version: string): { status: number | null; stderr: string } {
  const pretend = `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`;
  return spawnSync(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, "bin/cyclegan.js", "--version"], {
    encoding: "utf8",
  });
}

describe("the command", () => {
  test.each(["16.20.2", "18.20.8", "20.12.0", "20.18.3", "21.7.3", "22.11.0"])("in Node %s says which versions it needs, and ends with 1", (version) => {
    const { status, stderr } = start(version);
    expect(stderr).toBe(
      `cyclegan: cyclegan-webgpu needs Node 20.19, 22.12 or newer, and this is Node ${version}. Install a newer one from https://nodejs.org.\n`,
    );
    expect(status).toBe(1);
  });

  test.each(["20.19.0", "22.12.0", "24.0.0"])("starts in Node %s", (version) => {
    expect(start(version)).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("the files that an old Node reads before it is refused", () => {
  let text = "";
  beforeAll(() => {
    text = ["bin/cyclegan.js", "dist/cli/main.js", "dist/node-version.js"].map((file) => readFileSync(file, "utf8")).join("\n");
  });

  test("have no top-level await, no newer syntax, and no import of anything else", () => {
    expect(text).not.toMatch(/^await |\?\?=|\|\|=|&&=|#\w+\s*[=(;]|^import\s+[^(]/m);
  });
});

test("the versions are those that npm checks on install", () => {
  const manifest: unknown = JSON.parse(readFileSync("package.json", "utf8"));
  expect(isJsonObject(manifest) && manifest["engines"]).toEqual({ node: "^20.19.0 || >=22.12.0" });
  expect(readFileSync(".npmrc", "utf8")).toContain("engine-strict=true");
});
