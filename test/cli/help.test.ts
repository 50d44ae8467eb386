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
    for (const name of ["train", "translate", "demo", "doctor", "exec", "Examples:"]) expect(stdout).toContain(name);
  });

  test("train shows every option with its default, under headings", async () => {
    const { code, stdout } = await cyclegan(tmpdir(), "train", "--help");
    expect(code).toBe(0);
    const shown = stdout.replaceAll(/\s+/g, " ");
    for (const [heading, table] of Object.entries({ ...sharedGroups, ...modelGroups(cycleGan) })) {
      expect(stdout).toContain(heading);
      for (const [key, spec] of Object.entries(table)) {
        expect(stdout).toContain(flagOf(key, spec));
        if (spec.value === undefined || spec.initial === "") continue;
        expect(shown).toContain(`default: ${JSON.stringify(spec.initial)}`);
      }
    }
    for (const hidden of ["--gpu-ids", "--display-id"]) expect(stdout).not.toContain(hidden);
  });

  test("the version is the package's", async () => {
    const { code, stdout } = await cyclegan(tmpdir(), "--version");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
