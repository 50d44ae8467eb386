import { expect, test, vi } from "vitest";
import { FileTree } from "../../src/studio/disk/file-tree.js";
import { startKeeper } from "../../src/studio/disk/run-keeper.js";
import { readIndex, RunStore } from "../../src/studio/disk/run-store.js";
import { FakeFolder, Killed } from "./fake-folder.js";

const note = { title: "CycleGAN", step: 3, totalSteps: 9, isStopped: false, changed: 1 };

function write(tree: FileTree, path: string, text: string): void {
  tree.makeFolder(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  tree.write(path, new TextEncoder().encode(text));
}

/** All files of a tree with their texts, and its folders. */
async function contents(tree: FileTree): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [path, entry] of tree.entries()) {
    texts[path] = entry.kind === "folder" ? "(folder)" : entry.content instanceof Blob ? await entry.content.text() : new TextDecoder().decode(entry.content);
  }
  return texts;
}

/** What comes back after a reload. */
async function reloaded(folder: FakeFolder): Promise<Record<string, string>> {
  folder.left = Infinity;
  const tree = new FileTree();
  await new RunStore(folder.handle, tree).load();
  return contents(tree);
}

async function opened(folder: FakeFolder): Promise<{ tree: FileTree; store: RunStore }> {
  const tree = new FileTree();
  const store = new RunStore(folder.handle, tree);
  await store.load();
  return { tree, store };
}

test("a run comes back as it was, with its pictures and empty folders", async () => {
  const folder = new FakeFolder();
  const { tree, store } = await opened(folder);
  write(tree, "runs/one/config.json", "{}");
  tree.makeFolder("runs/one/samples");
  write(tree, "data/one/A/1.png", "picture");
  await store.keep(note);
  expect(await reloaded(folder)).toEqual(await contents(tree));
  expect((await readIndex(folder.handle))?.note).toEqual(note);
});

test("equal contents of several files are kept once, and what is no longer used is removed", async () => {
  const folder = new FakeFolder();
  const { tree, store } = await opened(folder);
  const weights = new TextEncoder().encode("weights");
  tree.write("latest", weights);
  tree.write("5", weights);
  await store.keep(note);
  expect([...folder.files.keys()].sort()).toEqual(["blob-0", "index-1"]);
  tree.write("latest", new TextEncoder().encode("newer"));
  tree.remove("5");
  await store.keep(note);
  expect([...folder.files.keys()].sort()).toEqual(["blob-1", "index-2"]);
});

test("whenever a worker ends, the state before or the new one is whole, and work goes on from there", async () => {
  let outcomes = "";
  for (let kill = 0; ; kill++) {
    const folder = new FakeFolder();
    const { tree, store } = await opened(folder);
    write(tree, "runs/one/log", "1");
    write(tree, "runs/one/checkpoints/step-1", "state 1");
    await store.keep(note);
    const before = await contents(tree);
    tree.append("runs/one/log", new TextEncoder().encode("2"));
    tree.rename("runs/one/checkpoints/step-1", "runs/one/checkpoints/.old");
    write(tree, "runs/one/checkpoints/step-2", "state 2");
    tree.remove("runs/one/checkpoints/.old");
    const after = await contents(tree);
    folder.left = kill;
    const ended = await store.keep(note).then(() => false, (error: unknown) => error instanceof Killed);
    const found = await reloaded(folder);
    expect([before, after]).toContainEqual(found);
    outcomes += found["runs/one/log"] === "1" ? "b" : "a";
    // A later worker keeps its state beside whatever was left.
    const next = await opened(folder);
    write(next.tree, "runs/one/next", "3");
    await next.store.keep(note);
    expect(await reloaded(folder)).toEqual({ ...found, "runs/one/next": "3" });
    if (!ended) break;
  }
  // Both occur, and the state changes at one instant.
  expect(outcomes).toMatch(/^b{4,}a{3,}$/);
});

test("a damaged index is not used: the one before is, if it is still there", async () => {
  const folder = new FakeFolder();
  const { tree, store } = await opened(folder);
  write(tree, "runs/a", "1");
  await store.keep(note);
  const first = folder.files.get("index-1")!;
  write(tree, "runs/b", "2");
  await store.keep(note);
  folder.files.set("index-1", first);
  folder.files.get("index-2")!.bytes.fill(32, 80, 90);
  expect(await reloaded(folder)).toEqual({ runs: "(folder)", "runs/a": "1" });
});

test("changes are kept after two seconds, a refusal is reported, and the next change tries again", async () => {
  vi.useFakeTimers();
  try {
    const tree = new FileTree();
    const keep = vi.fn<RunStore["keep"]>().mockRejectedValueOnce(new DOMException("full", "QuotaExceededError")).mockResolvedValue();
    const problems: unknown[] = [];
    const keeper = startKeeper(tree, { keep } as unknown as RunStore, () => note, (error) => problems.push(error));
    write(tree, "runs/a", "1");
    write(tree, "runs/b", "1");
    await vi.advanceTimersByTimeAsync(1900);
    expect(keep).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect([keep.mock.calls.length, String(problems[0])]).toEqual([1, "QuotaExceededError: full"]);
    write(tree, "runs/c", "1");
    await vi.advanceTimersByTimeAsync(2100);
    expect([keep.mock.calls.length, problems.length]).toEqual([2, 1]);
    keeper.stop();
    write(tree, "runs/d", "1");
    await vi.advanceTimersByTimeAsync(5000);
    expect(keep).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});
