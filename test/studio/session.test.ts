import { expect, test, vi } from "vitest";
import { TranslateSession } from "../../src/studio/translate/session.js";
import type { OpenTranslator } from "../../src/studio/worker/open-translator.js";
import type { Translated } from "../../src/studio/worker/protocol.js";

const settings = { shorterSide: 512, memory: 1e9 };
const result: Translated = { file: new Blob(["png"]), width: 1, height: 1, seconds: 1 };
const given = (path: string): { path: string; file: File } => ({ path, file: new File(["x"], path) });

/** An error as it arrives from the worker: the class is lost, its name is not. */
function arrived(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function fakeTranslator(changes: Partial<OpenTranslator> = {}): OpenTranslator {
  return {
    open: async () => {},
    load: async (_, name, direction) => ({ name, description: "a generator", directions: ["AtoB", "BtoA"], direction }),
    translate: async () => result,
    translateFrame: async (frame) => frame,
    stop: async () => {},
    close: () => {},
    ...changes,
  };
}

const states = ({ state }: TranslateSession): string[] => state.pictures.map((picture) => `${picture.path} ${picture.state}`);

test("pictures wait for a generator, and both may come at once", async () => {
  const session = new TranslateSession(() => fakeTranslator(), settings);
  await session.add([given("a.png")]);
  expect(states(session)).toEqual(["a.png waiting"]);
  await session.add([given("b.png"), given("w.pth")]);
  expect(states(session)).toEqual(["a.png done", "b.png done"]);
  expect(session.state.generator?.name).toBe("w.pth");
});

test("a picture that cannot be read is named, and the others are translated", async () => {
  const translate: OpenTranslator["translate"] = async (_, name) => {
    if (name === "a.png") throw arrived("DataError", "a.png: expected a picture");
    return result;
  };
  const session = new TranslateSession(() => fakeTranslator({ translate }), settings);
  await session.add([given("a.png"), given("b.png"), given("w.pth")]);
  expect(states(session)).toEqual(["a.png failed", "b.png done"]);
  expect(session.state.pictures[0]?.reason).toBe("a.png: expected a picture");
});

test("weights that cannot be used leave the generator before them in use", async () => {
  const good = fakeTranslator();
  const load: OpenTranslator["load"] = async (bytes, name, direction) => {
    if (name === "bad.pth") throw arrived("CheckpointError", "bad.pth: damaged");
    return good.load(bytes, name, direction);
  };
  const session = new TranslateSession(() => fakeTranslator({ load }), settings);
  await session.add([given("good.pth"), given("a.png")]);
  await session.add([given("bad.pth")]);
  expect(session.state).toMatchObject({ weightProblem: "bad.pth: damaged", generator: { name: "good.pth" } });
  expect(session.state.loading).toBeUndefined();
  await session.add([given("good.pth")]);
  expect(session.state.weightProblem).toBeUndefined();
});

test("another direction or size translates all pictures again", async () => {
  const translate = vi.fn<OpenTranslator["translate"]>(async () => result);
  const session = new TranslateSession(() => fakeTranslator({ translate }), settings);
  await session.add([given("w.pth"), given("a.png")]);
  await session.turn("BtoA");
  expect(session.state.generator?.direction).toBe("BtoA");
  await session.change({ shorterSide: 256 });
  expect(translate.mock.calls.map(([, , used]) => used.shorterSide)).toEqual([512, 512, 256]);
  expect(states(session)).toEqual(["a.png done"]);
});

test("a shipped generator brings the size of its pictures, and weights of one's own bring back the size before", async () => {
  vi.stubGlobal("fetch", async () => new Response("weights"));
  const translate = vi.fn<OpenTranslator["translate"]>(async () => result);
  const session = new TranslateSession(() => fakeTranslator({ translate }), settings);
  await session.add([given("a.png")]);
  await session.loadShipped({ direction: "BtoA", title: "B to A", path: "generators/emoji/g.safetensors" }, 64);
  expect(session.state).toMatchObject({ settings: { shorterSide: 64 }, generator: { name: "B to A", direction: "BtoA" } });
  await session.turn("AtoB");
  await session.add([given("w.pth")]);
  expect(translate.mock.calls.map(([, , used]) => used.shorterSide)).toEqual([64, 64, 512]);
  vi.unstubAllGlobals();
});

test("a shipped generator that cannot be loaded changes nothing", async () => {
  vi.stubGlobal("fetch", async () => new Response("", { status: 404 }));
  const session = new TranslateSession(() => fakeTranslator(), settings);
  await session.add([given("w.pth")]);
  await session.loadShipped({ direction: "AtoB", title: "A to B", path: "generators/emoji/g.safetensors" }, 64);
  expect(session.state).toMatchObject({ settings: { shorterSide: 512 }, generator: { name: "w.pth" }, weightProblem: expect.stringContaining("status 404") });
  vi.unstubAllGlobals();
});

test("a result of settings that have changed since is dropped", async () => {
  let finish: (translated: Translated) => void = () => {};
  const results = [new Promise<Translated>((resolve) => (finish = resolve)), Promise.resolve({ ...result, width: 2 })];
  const session = new TranslateSession(() => fakeTranslator({ translate: () => results.shift()! }), settings);
  const added = session.add([given("w.pth"), given("a.png")]);
  await vi.waitFor(() => expect(states(session)).toEqual(["a.png working"]));
  await session.change({ shorterSide: 256 });
  finish(result);
  await added;
  expect(session.state.pictures[0]?.result?.width).toBe(2);
});

test("stopping leaves the rest waiting, and going on translates it", async () => {
  let stopped: (error: Error) => void = () => {};
  const first = new Promise<Translated>((_, reject) => (stopped = reject));
  const results: Promise<Translated>[] = [first];
  const translate = (): Promise<Translated> => results.shift() ?? Promise.resolve(result);
  const stop = async (): Promise<void> => stopped(arrived("AbortError", "stopped"));
  const session = new TranslateSession(() => fakeTranslator({ translate, stop }), settings);
  await session.add([given("w.pth")]);
  const added = session.add([given("a.png"), given("b.png")]);
  await vi.waitFor(() => expect(states(session)).toEqual(["a.png working", "b.png waiting"]));
  await session.stop();
  await added;
  expect(states(session)).toEqual(["a.png waiting", "b.png waiting"]);
  await session.resume();
  expect(states(session)).toEqual(["a.png done", "b.png done"]);
});

test("after the GPU was lost, another worker goes on with the same generator", async () => {
  const closed = vi.fn<() => void>();
  const lost = async (): Promise<never> => Promise.reject(arrived("DeviceError", "device: lost (unknown)."));
  const workers = [fakeTranslator({ translate: lost, close: closed }), fakeTranslator()];
  const session = new TranslateSession(() => workers.shift()!, settings);
  await session.add([given("w.pth"), given("a.png")]);
  expect(session.state).toMatchObject({ gpu: "failed", gpuProblem: "device: lost (unknown)." });
  expect(states(session)).toEqual(["a.png waiting"]);
  await session.reopen();
  expect(closed).toHaveBeenCalledOnce();
  expect(session.state.gpu).toBe("ready");
  expect(session.state.gpuProblem).toBeUndefined();
  expect(states(session)).toEqual(["a.png done"]);
});

test("a picture that needs too much memory fails alone, though its error is one of the device", async () => {
  const translate = async (): Promise<never> => Promise.reject(arrived("DeviceError", "translateImage: expected tiles within 1 GB"));
  const session = new TranslateSession(() => fakeTranslator({ translate }), settings);
  await session.add([given("w.pth"), given("a.png")]);
  expect([session.state.gpu, ...states(session)]).toEqual(["ready", "a.png failed"]);
});

test("a browser without a GPU is said to have none", async () => {
  const open = async (): Promise<never> => Promise.reject(arrived("DeviceError", "openGpu: expected a WebGPU adapter, got none."));
  const session = new TranslateSession(() => fakeTranslator({ open }), settings);
  await vi.waitFor(() => expect(session.state.gpu).toBe("failed"));
  expect(session.state.gpuProblem).toContain("expected a WebGPU adapter");
});
