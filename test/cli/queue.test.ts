import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TranslationQueue } from "../../src/translate/queue/translation-queue.js";
import { root } from "../examples/run-example.js";
import { findRedis, startRedis, type RedisServer } from "../support/redis-server.js";
import { makeImages } from "./make-images.js";
import { cyclegan, start, type Outcome } from "./run-command.js";

const program = findRedis();
const title = program === undefined ? "a queue needs redis-server, from the package of that name" : "a queue";
const PASSWORD = "open-sesame";

describe.skipIf(program === undefined)(title, { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-queue-"));
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  let server: RedisServer;
  /** Everything that the commands printed. */
  let printed = "";

  beforeAll(async () => {
    server = await startRedis(program ?? "", { password: PASSWORD });
    copyFileSync(join(root, "test/reference/weights/zip.pth"), at("zip.pth"));
    makeImages(at("photos"), 6, 96, 64);
    makeImages(at("photos/deep"), 4, 64, 64);
    // The folders of another machine.
    symlinkSync(at("photos"), at("mounted"));
    symlinkSync(at("out"), at("mounted-out"));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function queue(action: string, ...args: readonly string[]): Promise<Outcome> {
    const outcome = await cyclegan(folder, "queue", action, "--redis", server.address, "--name", "zebra", ...args);
    printed += outcome.stdout + outcome.stderr;
    return outcome;
  }

  const add = (...args: readonly string[]): Promise<Outcome> => queue("add", "--model", "zip.pth", "--input", "photos", "--output", "out", ...args);

  /** The images below a folder, by their paths. */
  function contents(name: string): ReadonlyMap<string, string> {
    const paths = readdirSync(at(name), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".png"));
    return new Map(paths.toSorted().map((path) => [path, readFileSync(at(name, path)).toString("base64")]));
  }

  test("of images and one that is none: a worker is killed, two others do its images too, to the bits of a plain translation", async () => {
    const plain = await cyclegan(folder, "translate", "--model", "zip.pth", "--input", "photos", "--output", "plain");
    expect(plain.code).toBe(0);
    writeFileSync(at("photos/broken.png"), "no image");
    expect((await add()).stderr).toContain("Job zebra: 11 images added.");
    // The same again adds nothing.
    expect((await add()).stderr).toContain("Job zebra: 0 images added, 11 were in it before.");

    const watcher = await TranslationQueue.open({ redis: server.address, name: "zebra" });
    const { child, outcome } = start(folder, "queue", "work", "--redis", server.address, "--name", "zebra", "--lease", "2");
    while ((await watcher.active()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await outcome;
    expect((await watcher.progress()).active).toBeGreaterThan(0);
    await watcher.close();

    const workers = await Promise.all([queue("work", "--lease", "2"), queue("work", "--lease", "2", "--input", "mounted", "--output", "mounted-out")]);
    for (const { code, stderr } of workers) {
      expect(code).toBe(0);
      expect(stderr).toContain("Job zebra: 10 of 11 images done, 1 failed (cyclegan queue status --name zebra).");
    }
    const said = workers.map(({ stderr }) => stderr).join("");
    expect(said).toContain("A worker gave no sign of life. Its image goes to another worker.");
    expect(said).toMatch(/Given up: .*broken\.png: expected a readable image/);
    expect(contents("out")).toEqual(contents("plain"));
    expect(readFileSync(at("out/index.html"), "utf8")).toContain("deep/3.png");
  });

  test("shows what failed, and tries it again", async () => {
    const { stdout } = await queue("status");
    expect(stdout).toMatch(/^Job zebra: 10 of 11 images done, 1 failed, 0 with workers, 0 waiting\nModel: .*zip\.pth \(SHA-256 \w{12}\) --direction AtoB /);
    expect(stdout).toMatch(/\nFailed .*:\n {2}.*broken\.png: expected a readable image.*\n$/);
    copyFileSync(at("photos/0.png"), at("photos/broken.png"));
    expect((await queue("retry")).stderr).toContain("Job zebra: 1 image put back.");
    expect((await queue("work")).stderr).toContain("Job zebra: 11 of 11 images done.");
    expect(existsSync(at("out/broken.png"))).toBe(true);
    expect(readFileSync(at("out/index.html"), "utf8")).toContain("broken.png");
  });

  test("refuses another model and other options, and names them", async () => {
    copyFileSync(at("zip.pth"), at("other.pth"));
    writeFileSync(at("other.pth"), readFileSync(join(root, "test/reference/weights/legacy.pth")));
    const other = await queue("work", "--model", "other.pth");
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/^cyclegan: --model other\.pth: expected the weights of the job zebra \(SHA-256 \w{12}\), got others \(\w{12}\)\. Name the same model/m)]);
    const option = await queue("work", "--format", "webp");
    expect([option.code, option.stderr]).toEqual([2, "cyclegan: --format is an option of the job: give it to cyclegan queue add. All workers take it from there.\n"]);
    const added = await add("--overwrite", "--quality", "80", "--keep-alpha");
    expect([added.code, added.stderr]).toEqual([2, expect.stringContaining("cyclegan: The job zebra has other options: --quality 95, not --quality 80; no --keep-alpha, not --keep-alpha. Give the same")]);
  });

  test("is removed, and then is not there", async () => {
    expect((await queue("remove")).code).toBe(0);
    for (const action of ["status", "work", "retry", "remove"]) {
      const { code, stderr } = await queue(action);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^cyclegan: redis:\/\/127\.0\.0\.1:\d+: expected a job of the name zebra, got none\./m)]);
    }
  });

  test("never prints the password", () => {
    expect(printed).toContain(`127.0.0.1:${server.port}`);
    expect(printed).not.toContain(PASSWORD);
  });
});
