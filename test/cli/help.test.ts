import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { modelGroups, sharedGroups } from "../../src/run/options.js";
import { flagOf } from "../../src/models/options.js";
import { cyclegan } from "./run-command.js";

describe.concurrent("help", { timeout: 30_000 }, () => {
  test("the program names its commands and shows examples", async () => {
    const { code, stdout } = await cyclegan(tmpdir(), "--help");
    expect(code).toBe(0);
    for (const name of ["data", "train", "translate", "demo", "doctor", "exec", "Examples:"]) expect(stdout).toContain(name);
  });

  test("train shows every option with its default, under headings", async () => {
    const { code, stdout } = await cyclegan(tmpdir(), "train", "--help", "--all");
    expect(code).toBe(0);
    const shown = stdout.replaceAll(/\s+/g, " ");
    for (const [heading, table] of Object.entries({ ...sharedGroups, ...modelGroups(cycleGan) })) {
      expect(stdout).toContain(heading);
      for (const [key, spec] of Object.entries(table)) {
        expect(stdout).toContain(flagOf(key, spec));
        if (spec.value === undefined || spec.initial === "") continue;
        expect(shown).toContain(`default: ${String(spec.initial)}`);
      }
    }
    for (const hidden of ["--gpu-ids", "--display-id"]) expect(stdout).not.toContain(hidden);
  });

  test("train shows the essential options first, and how to see the others", async () => {
    const { code, stdout } = await cyclegan(tmpdir(), "train", "--help");
    expect(code).toBe(0);
    expect(stdout.split("\n").length).toBeLessThan(80);
    for (const flag of ["--dataroot", "--crop-size", "--n-epochs", "--resume", "--live"]) expect(stdout).toContain(flag);
    for (const flag of ["--init-gain", "--keep-last", "--diffaugment"]) expect(stdout).not.toContain(flag);
    expect(stdout).toMatch(/\n\d+ more options: cyclegan train --help --all\n$/);
  });

  test.each(["data", "train", "test", "translate", "sample", "look", "eval", "convert", "inspect", "demo", "doctor", "bench", "tune", "view", "studio", "queue add", "queue work", "queue status"])("%s shows no default of a switch that is off, and no quotes", async (name) => {
    const { code, stdout } = await cyclegan(tmpdir(), ...name.split(" "), "--help", "--all");
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/default:\s+(false|true|"|\))/);
    // One pair of parentheses for the values and the default.
    expect(stdout).not.toMatch(/default:[^)]*\)\s+\(/);
  });

  test("the version is the package's", async () => {
    const { code, stdout } = await cyclegan(tmpdir(), "--version");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
