import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dataSets } from "../../src/download/data-sets.js";
import { content, domains, tarGzOf, zipOf } from "../download/archives.js";
import { serveFile, type Behaviour, type FileServer } from "../download/file-server.js";
import { cyclegan, mainFile, start } from "./run-command.js";

const root = mkdtempSync(join(tmpdir(), "cyclegan-data-command-"));
afterAll(() => rmSync(root, { recursive: true }));

/** The data set, and enough noise in one image that it does not fit into a small disk. */
const noise = Uint8Array.from({ length: 3_000_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 24);
let archive: Uint8Array = new Uint8Array();
beforeAll(async () => {
  archive = await zipOf({ ...domains, "horse2zebra/trainB/2.jpg": noise });
});

/** A folder of its own, and a server with the archive. */
async function place(): Promise<{ folder: string; server: FileServer; files: () => string[]; run: (...args: string[]) => ReturnType<typeof cyclegan> }> {
  const folder = mkdtempSync(join(root, "case-"));
  const server = await serveFile(archive);
  const files = (): string[] => readdirSync(join(folder, "datasets")).sort();
  return { folder, server, files, run: (...args) => cyclegan(folder, "data", "horse2zebra", "--url", server.url, ...args) };
}

describe.concurrent("data", { timeout: 60_000 }, () => {
  test("lists the data sets", async () => {
    const { code, stdout } = await cyclegan(root, "data");
    expect(code).toBe(0);
    for (const { name, shows } of dataSets) expect(stdout).toMatch(new RegExp(`^${name} .*${shows}`, "m"));
    expect(stdout).toMatch(/^horse2zebra +117 MB {2}horses and zebras$/m);
    expect(stdout).toMatch(/^emoji +made {2}emoji of one artist in the style of another$/m);
    expect(stdout).toMatch(/^cityscapes .*https:\/\/www\.cityscapes-dataset\.com/m);
  });

  test("downloads, unpacks, says what is there and whose it is, and leaves nothing else", async () => {
    const { folder, files, run } = await place();
    const { code, stdout, stderr } = await run();
    expect(stderr).toContain("Images: 2 in trainA, 2 in trainB, 1 in testA, 1 in testB. The images are from ImageNet, https://www.image-net.org. The reference");
    expect(stderr).toContain("Train on it: cyclegan train --dataroot datasets/horse2zebra --name horse2zebra\n");
    expect([code, stdout]).toEqual([0, "datasets/horse2zebra\n"]);
    expect(files()).toEqual(["horse2zebra"]);
    expect(readdirSync(join(folder, "datasets/horse2zebra")).sort()).toEqual(["README.md", "manifest.json", "testA", "testB", "trainA", "trainB"]);
    expect(readFileSync(join(folder, "datasets/horse2zebra/trainB/2.jpg")).equals(noise)).toBe(true);
    expect(readFileSync(join(folder, "datasets/horse2zebra/README.md"), "utf8")).toMatch(/trainB \| 2 \|[^]*states no licence/);
  });

  test("keeps what was downloaded on Ctrl-C, and continues", async () => {
    const { folder, server, files } = await place();
    server.behaviour.stallAfter = 1_000_000;
    const args = ["data", "horse2zebra", "--url", server.url];
    const { child, outcome } = start(folder, ...args);
    await vi.waitFor(() => expect(existsSync(join(folder, "datasets/horse2zebra.download"))).toBe(true), 30_000);
    child.kill("SIGINT");
    const { code, stderr } = await outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Kept \S+ MB of horse2zebra in datasets.horse2zebra\.download\. The same command continues\.\n/);
    expect(files()).toEqual(["horse2zebra.download", "horse2zebra.download.json"]);
    server.behaviour.stallAfter = undefined;
    expect(await cyclegan(folder, ...args)).toMatchObject({ code: 0 });
    expect(files()).toEqual(["horse2zebra"]);
  });

  test("refuses a folder that is there; --fresh replaces one that it made, and no other", async () => {
    const { folder, run } = await place();
    expect(await run()).toMatchObject({ code: 0 });
    const again = await run();
    expect(again.stderr).toBe("cyclegan: datasets/horse2zebra is there already. Train on it, or download it again with --fresh.\n");
    expect(again.code).toBe(1);
    writeFileSync(join(folder, "datasets/horse2zebra/trainA/1.jpg"), "changed");
    expect(await run("--fresh")).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "datasets/horse2zebra/trainA/1.jpg")).equals(content(0))).toBe(true);
    rmSync(join(folder, "datasets/horse2zebra/manifest.json"));
    expect((await run("--fresh")).stderr).toMatch(/expected a data set that this command made, got another folder\. Move it away\.\n$/);
    expect(existsSync(join(folder, "datasets/horse2zebra/trainA/1.jpg"))).toBe(true);
  });

  test("unpacks an archive that the user has, and leaves it there", async () => {
    const { folder, files } = await place();
    writeFileSync(join(folder, "mine.tgz"), tarGzOf({ "maps/train/1.jpg": content(1), "maps/val/2.jpg": content(2) }));
    const { code, stderr } = await cyclegan(folder, "data", "maps_pairs", "--url", "mine.tgz");
    expect(code).toBe(0);
    expect(stderr).toContain("Images: 1 in train, 1 in test. ");
    expect(stderr).toContain("cyclegan train --model pix2pix --dataroot datasets/maps_pairs");
    expect(files()).toEqual(["maps_pairs"]);
    expect(existsSync(join(folder, "mine.tgz"))).toBe(true);
  });

  test.each<[string, Partial<Behaviour> & { isHalf?: boolean }, RegExp]>([
    ["a web page in place of the archive", { content: Buffer.from("<html><body>moved</body></html>") }, /expected a zip or tar archive, got a web page.*The download was removed\. Hosts move: .*--url/],
    ["an archive that is cut short", { isHalf: true }, /cut short or damaged.*The download was removed\. Hosts move/],
    ["a dead address", { status: 404 }, /file\.zip: expected a file to download, got 404 Not Found\. Hosts move: .*datasets\.md/],
    ["a file that the disk has no room for", { claimed: 4e15 }, /datasets: expected 8000000 GB of free space on its disk, got /],
  ])("%s is an error, and no data set", async (_, { isHalf = false, ...behaviour }, message) => {
    const { server, files, run } = await place();
    Object.assign(server.behaviour, isHalf ? { content: archive.slice(0, archive.length / 2) } : behaviour);
    const { code, stderr } = await run();
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^cyclegan: /);
    expect(code).toBe(1);
    expect(files().filter((name) => !name.endsWith(".json"))).toEqual([]);
  });

  test.each([
    ["an unknown name", ["horse2cow"], 2, /horse2cow: expected horse2zebra \| .*night2day \| .*emoji/],
    ["a name with a slip", ["horse2zebar"], 2, /Did you mean horse2zebra\?/],
    ["what nobody may serve", ["cityscapes"], 2, /cityscapes: expected a data set that is served\. Its licence .*Ask for it at https/],
    ["an address of no name", ["--url", "http://x/y.zip"], 2, /--url and --fresh only work with the name of a data set\./],
    ["an address of what is made", ["fruit", "--url", "http://x/y.zip"], 2, /--url only works with a data set that is downloaded, not with fruit, which is made here\./],
    ["an archive that is not there", ["horse2zebra", "--url", "nowhere.zip"], 1, /--url nowhere\.zip: expected an address .*got no such file/],
  ])("%s is an error in a line", async (_, args, code, message) => {
    const outcome = await cyclegan(root, "data", ...args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.code).toBe(code);
  });

  test("a place that cannot be written is an error", async () => {
    const { folder, run } = await place();
    writeFileSync(join(folder, "datasets"), "a file");
    const { code, stderr } = await run();
    expect(stderr).toMatch(/^cyclegan: datasets\S*: expected to write it, got (EEXIST|ENOTDIR) /m);
    expect(code).toBe(1);
  });
});

/** A mount of our own, without being root. */
const unshare = ["--map-root-user", "--mount"];
const canMount = spawnSync("unshare", [...unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;

test.skipIf(!canMount)("a disk that fills up is an error, keeps what has arrived, and makes no data set", async () => {
  const { folder, server } = await place();
  // Without a length, the room cannot be checked before.
  server.behaviour.sized = false;
  mkdirSync(join(folder, "datasets"));
  mkdirSync(join(folder, "left"));
  const script = `mount -t tmpfs -o size=1m tmpfs datasets && { "$@"; code=$?; cp -r datasets/. left; exit $code; }`;
  const command = [process.execPath, mainFile, "data", "horse2zebra", "--url", server.url];
  const outcome = await new Promise<{ code: number; stderr: string }>((resolve) => {
    const child = execFile("unshare", [...unshare, "bash", "-c", script, "bash", ...command], { cwd: folder }, (_, __, stderr) => resolve({ code: child.exitCode ?? -1, stderr }));
  });
  expect(outcome.stderr).toMatch(/cyclegan: datasets.horse2zebra\.download: expected to write it, got ENOSPC .*The disk is full: free some space\.\n$/);
  expect(outcome.code).toBe(1);
  expect(readdirSync(join(folder, "left")).sort()).toEqual(["horse2zebra.download", "horse2zebra.download.json"]);
});
