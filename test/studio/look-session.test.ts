import { expect, test, vi } from "vitest";
import { LookSession } from "../../src/studio/look/session.js";
import { settingsFor, sideChoices } from "../../src/studio/look/settings.js";
import type { LookEvent, NetworkNote, ShownChannel } from "../../src/studio/worker/look-protocol.js";
import type { OpenLooker } from "../../src/studio/worker/open-looker.js";

const first = { layer: "", count: 8, isGuided: false, side: 256 };
const given = (path: string): { path: string; file: File } => ({ path, file: new File(["x"], path) });
const layer = (name: string) => ({ name, what: "conv", last: name, channels: 4, field: 7, hasWeights: true });
const network: NetworkNote = {
  name: "w.pth",
  description: "a generator",
  prefix: "",
  prefixes: [""],
  layers: ["model.1", "model.4", "model.7", "model.10"].map(layer),
  sides: { multiple: 4, least: 8, most: Infinity },
  isOfPairs: false,
  hasMaxPools: false,
};
const channel = (number: number): ShownChannel => ({ layer: "model.7", channel: number, activation: "1.00", names: ["a.png"], projections: new Blob(["p"]), patches: new Blob(["q"]) });
const found = (number: number): LookEvent => ({ kind: "channel", channel: channel(number) });

/** An error as it arrives from the worker: the class is lost, its name is not. */
function arrived(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function fakeLooker(changes: Partial<OpenLooker> = {}): OpenLooker {
  const look: OpenLooker["look"] = async (_, __, onEvent) => onEvent(found(1));
  return { open: async () => {}, load: async (_, name) => ({ ...network, name }), look, stop: async () => {}, picture: async () => new Blob(), close: () => {}, ...changes };
}

const channels = ({ state }: LookSession): number[] => state.channels.map((one) => one.channel);

test("pictures wait for a network, whose third layer is looked at first", async () => {
  const look = vi.fn<OpenLooker["look"]>(async (_, __, onEvent) => onEvent(found(1)));
  const session = new LookSession(() => fakeLooker({ look }), first);
  await session.add([given("a.png")]);
  expect([session.state.work, look.mock.calls.length]).toEqual(["none", 0]);
  await session.add([given("w.pth"), given("b.png")]);
  expect(session.state).toMatchObject({ work: "done", network: { name: "w.pth" } });
  expect(channels(session)).toEqual([1]);
  const [pictures, settings] = look.mock.lastCall!;
  expect([pictures.map(({ name }) => name), settings]).toEqual([["a.png", "b.png"], { ...first, layer: "model.7" }]);
});

test("a change of the settings looks again, and what the look before it still tells is dropped", async () => {
  const tells: ((event: LookEvent) => void)[] = [];
  const finishes: (() => void)[] = [];
  const look: OpenLooker["look"] = (_, __, onEvent) => {
    tells.push(onEvent);
    return new Promise((resolve) => finishes.push(resolve));
  };
  const session = new LookSession(() => fakeLooker({ look }), first);
  const added = session.add([given("w.pth"), given("a.png")]);
  await vi.waitFor(() => expect(tells.length).toBe(1));
  tells[0]!(found(1));
  const changed = session.change({ count: 4 });
  await vi.waitFor(() => expect(tells.length).toBe(2));
  expect(channels(session)).toEqual([]);
  tells[0]!(found(2));
  tells[1]!(found(3));
  finishes[0]!();
  await added;
  expect(session.state.work).toBe("running");
  finishes[1]!();
  await changed;
  expect([session.state.work, channels(session)]).toEqual(["done", [3]]);
});

test("progress has the time left in its phase, and stopping keeps the channels that are finished", async () => {
  let tell: (event: LookEvent) => void = () => {};
  const look: OpenLooker["look"] = (_, __, onEvent) => {
    tell = onEvent;
    return new Promise(() => {});
  };
  const stop = vi.fn<() => Promise<void>>(async () => {});
  const now = vi.spyOn(performance, "now");
  const session = new LookSession(() => fakeLooker({ look, stop }), first);
  void session.add([given("w.pth"), given("a.png")]);
  await vi.waitFor(() => expect(session.state.work).toBe("running"));
  now.mockReturnValue(1000);
  tell({ kind: "progress", phase: "projection", done: 1, total: 9 });
  expect(session.state.progress).toEqual({ phase: "projection", done: 1, total: 9 });
  now.mockReturnValue(3000);
  tell({ kind: "progress", phase: "projection", done: 2, total: 9 });
  expect(session.state.progress?.secondsLeft).toBe(14);
  now.mockRestore();
  tell(found(1));
  stop.mockClear();
  await session.stop();
  expect(stop).toHaveBeenCalledOnce();
  expect(session.state.progress).toBeUndefined();
  expect([session.state.work, channels(session)]).toEqual(["stopped", [1]]);
});

test("a picture that cannot be read is named once, and weights that cannot be used leave the network before them in use", async () => {
  const load: OpenLooker["load"] = async (_, name) => {
    if (name === "bad.pth") throw arrived("UsageError", "bad.pth: expected a network whose input is an image");
    return { ...network, name };
  };
  const look: OpenLooker["look"] = async (_, __, onEvent) => onEvent({ kind: "skipped", path: "a.png", reason: "a.png: damaged" });
  const session = new LookSession(() => fakeLooker({ load, look }), first);
  await session.add([given("w.pth"), given("a.png")]);
  await session.add([given("bad.pth")]);
  expect(session.state).toMatchObject({ network: { name: "w.pth" }, weightProblem: "bad.pth: expected a network whose input is an image" });
  expect(session.state.skipped).toEqual([{ path: "a.png", reason: "a.png: damaged" }]);
  await session.clear();
  expect(session.state).toMatchObject({ work: "none", pictures: [], skipped: [], channels: [] });
});

test("a network that is hosted beside the page brings its name and the size of its pictures", async () => {
  vi.stubGlobal("fetch", async () => new Response("weights"));
  const session = new LookSession(() => fakeLooker(), first);
  await session.loadShipped({ direction: "AtoB", title: "A to B", path: "generators/emoji/g.safetensors" }, 64);
  expect(session.state).toMatchObject({ network: { name: "A to B" }, settings: { side: 64 } });
  vi.stubGlobal("fetch", async () => new Response("", { status: 404 }));
  await session.loadShipped({ direction: "BtoA", title: "B to A", path: "generators/emoji/h.safetensors" }, 128);
  expect(session.state).toMatchObject({ network: { name: "A to B" }, settings: { side: 64 }, weightProblem: expect.stringContaining("status 404") });
  vi.unstubAllGlobals();
});

test("after the GPU was lost, another worker looks into the same network of the file", async () => {
  const lost = async (): Promise<never> => Promise.reject(arrived("DeviceError", "device: lost (unknown)."));
  const load = vi.fn<OpenLooker["load"]>(async (_, name, prefix) => ({ ...network, name, prefix: prefix ?? "G_A." }));
  const workers = [fakeLooker({ load, look: lost }), fakeLooker({ load })];
  const session = new LookSession(() => workers.shift()!, first);
  await session.add([given("w.pth"), given("a.png")]);
  expect(session.state).toMatchObject({ gpu: "failed", gpuProblem: "device: lost (unknown).", work: "failed" });
  await session.reopen();
  expect(load.mock.calls.map(([, name, prefix]) => [name, prefix])).toEqual([["w.pth", undefined], ["w.pth", "G_A."]]);
  expect(session.state).toMatchObject({ gpu: "ready", work: "done" });
  expect(session.state.gpuProblem).toBeUndefined();
});

test("the picture of all channels is saved, and a browser's refusal is said until the next picture or look", async () => {
  const picture = vi.fn<OpenLooker["picture"]>(async () => new Blob(["png"]));
  const session = new LookSession(() => fakeLooker({ picture }), first);
  await session.add([given("w.pth"), given("a.png")]);
  expect(await (await session.picture())?.text()).toBe("png");
  picture.mockRejectedValue(new Error("too large"));
  expect([await session.picture(), session.state.pictureProblem]).toEqual([undefined, "too large"]);
  await session.change({ count: 4 });
  expect(session.state.pictureProblem).toBeUndefined();
  await session.picture();
  expect(session.state.pictureProblem).toBe("too large");
  picture.mockResolvedValue(new Blob(["png"]));
  await session.picture();
  expect(session.state.pictureProblem).toBeUndefined();
});

test("sides are those that the network takes, and settings stay where a network has them", () => {
  const valuesOf = (sides: NetworkNote["sides"]): number[] => sideChoices(sides).map(({ value }) => value);
  expect(valuesOf({ multiple: 4, least: 8, most: Infinity })).toEqual([64, 128, 256, 512]);
  expect(valuesOf({ multiple: 256, least: 256, most: Infinity })).toEqual([256, 512]);
  expect(valuesOf({ multiple: 1, least: 32, most: 32 })).toEqual([32]);
  expect(valuesOf({ multiple: 1024, least: 1024, most: Infinity })).toEqual([1024]);
  expect(settingsFor(network, { ...first, layer: "model.10", side: 128 })).toEqual({ ...first, layer: "model.10", side: 128 });
  expect(settingsFor(network, { ...first, layer: undefined }).layer).toBeUndefined();
  expect(settingsFor({ ...network, layers: [layer("model.0")], sides: { multiple: 1, least: 64, most: 64 } }, first)).toEqual({ ...first, layer: "model.0", side: 64 });
  expect(settingsFor({ ...network, sides: { multiple: 256, least: 256, most: Infinity } }, { ...first, side: 128 }).side).toBe(256);
});
