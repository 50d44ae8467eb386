import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeRun, scratchFolder } from "../report/make-run.js";
import { makeImages } from "./make-images.js";
import { cyclegan, start } from "./run-command.js";

const folder = scratchFolder();
const tiny = ["--load-size", "36", "--crop-size", "32", "--ngf", "4", "--ndf", "4", "--n-blocks", "1"];

/** The address that a started command prints. */
function urlOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return new Promise((resolve) => {
    stream?.on("data", (text: Buffer) => {
      const url = /http:\S+/.exec(text.toString())?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

describe("view", { timeout: 60_000 }, () => {
  test.skipIf(process.platform === "win32")("prints where the page is, and ends with Ctrl-C", async () => {
    makeRun(join(folder, "run"), 3);
    writeFileSync(join(folder, "run", "config.json"), JSON.stringify({ dataroot: "data" }));
    const { child, outcome } = start(folder, "view", "run", "--port", "0");
    const url = await urlOf(child.stdout);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await (await fetch(url)).text()).toContain("<h1>run</h1>");
    child.kill("SIGINT");
    expect(await outcome).toMatchObject({ code: 0, stdout: `${url}\n` });
  });

  test("what is no run, no port or no address is named", async () => {
    expect((await cyclegan(folder, "view", "nothing")).stderr).toMatch(/^cyclegan: nothing: expected the folder of a run/);
    const port = await cyclegan(folder, "view", "run", "--port", "70000");
    expect([port.code, port.stderr]).toEqual([2, 'cyclegan: --port: expected a whole number between 0 and 65535, got "70000".\n']);
    const host = await cyclegan(folder, "view", "run", "--host", "192.0.2.1");
    expect([host.code, host.stderr]).toEqual([1, expect.stringContaining("--host: expected an address of this machine")]);
  });
});

describe("train --live", { timeout: 60_000 }, () => {
  test("serves the page while it trains, writes event files, and goes with the training", async () => {
    makeImages(join(folder, "data", "trainA"), 2, 40, 36);
    makeImages(join(folder, "data", "trainB"), 2, 36, 40);
    const task = ["train", "--dataroot", "data", "--name", "live", ...tiny, "--max-steps", "20", "--print-freq", "1"];
    const { child, outcome } = start(folder, ...task, "--tensorboard", "--live", "--port", "0");
    const url = await urlOf(child.stderr);
    expect(await (await fetch(url)).text()).toContain("<h1>live</h1>");
    const { code, stderr } = await outcome;
    expect(stderr).toMatch(/Done after 20 steps/);
    expect(code).toBe(0);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
    expect(readdirSync(join(folder, "runs", "live", "tensorboard"))).toHaveLength(1);
  });
});
