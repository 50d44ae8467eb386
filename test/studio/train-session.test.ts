import { expect, test, vi } from "vitest";
import { TrainSession } from "../../src/studio/train/session.js";
import type { StoredRun } from "../../src/studio/disk/origin-runs.js";
import type { OpenTrainer } from "../../src/studio/worker/open-trainer.js";
import type { TrainEnd, TrainReports } from "../../src/studio/worker/trainer-protocol.js";
import { fakeTrainer, given, sessionWith } from "./fake-trainer.js";

const stored = (name: string, step: number, totalSteps: number, isStopped = false): StoredRun => ({ name, title: "CycleGAN", step, totalSteps, isStopped, changed: 0, bytes: 1 });

const counts = ({ state: { domains } }: TrainSession): number[] => [domains.A.length, domains.B.length];

test("two folders are both domains, in the order of their names", async () => {
  const session = sessionWith();
  await session.add([given("zebra/1.png"), given("horse/1.png"), given("horse/more/2.png"), given("horse/notes.txt")]);
  expect(counts(session)).toEqual([2, 1]);
  expect(session.state.domains.A.map(({ path }) => path)).toEqual(["1.png", "more/2.png"]);
});

test.each(["maps/", ""])("a data set of the reference below %j is trainA and trainB, and what else it has is named", async (folder) => {
  const session = sessionWith();
  await session.add(["trainA/1.png", "trainB/1.png", "trainB/2.png", "testA/1.png"].map((path) => given(`${folder}${path}`)));
  expect(counts(session)).toEqual([1, 2]);
  expect(session.state.skipped).toEqual([
    { path: "testA", reason: "only trainA and trainB are used: the page holds out some of their pictures itself" },
  ]);
});

test("pictures without folders are those of the first domain that has none", async () => {
  const session = sessionWith();
  await session.add([given("1.png"), given("2.png")]);
  await session.add([given("3.png")]);
  expect(counts(session)).toEqual([2, 1]);
  expect(session.state.skipped).toEqual([]);
});

test("one folder after the other", async () => {
  const session = sessionWith();
  await session.add([given("one/1.png")]);
  expect(counts(session)).toEqual([1, 0]);
  await session.add([given("two/1.png"), given("two/2.png")]);
  expect(counts(session)).toEqual([1, 2]);
});

test("a run has a name that no other has, and reports its steps until it ends", async () => {
  let report: TrainReports | undefined;
  let end: (how: TrainEnd) => void = () => {};
  const start = vi.fn<OpenTrainer["start"]>((_, __, ___, reports) => {
    report = reports;
    return new Promise((resolve) => (end = resolve));
  });
  const session = sessionWith({ start, runs: async () => [stored("quick", 3, 9)] });
  await session.draw();
  const started = session.start();
  expect(start.mock.calls[0]![0]).toBe("quick-2");
  expect(start.mock.calls[0]![1]).toMatchObject({ cropSize: 64, maxSteps: 2000 });
  report!.onMessage("Storing the pictures in the browser.");
  expect(session.state.run).toMatchObject({ name: "quick-2", phase: "training", message: "Storing the pictures in the browser." });
  await session.pause();
  expect(session.state.run?.phase).toBe("saving");
  end("paused");
  await started;
  expect(session.state.run?.phase).toBe("paused");
});

test("a run is stopped once, then saved, and goes on", async () => {
  const ends: ((how: TrainEnd) => void)[] = [];
  const train = (): Promise<TrainEnd> => new Promise((resolve) => ends.push(resolve));
  const stop = vi.fn<OpenTrainer["stop"]>(async () => {});
  const pause = vi.fn<OpenTrainer["pause"]>(async () => {});
  const session = sessionWith({ start: train, resume: train, stop, pause });
  await session.draw();
  const started = session.start();
  await session.stop();
  await session.stop();
  await session.pause();
  expect([stop.mock.calls.length, pause.mock.calls.length, session.isTraining]).toEqual([1, 0, true]);
  ends[0]!("stopped");
  await started;
  expect(session.state.run?.phase).toBe("stopped");
  void session.resume();
  expect(session.state.run?.phase).toBe("training");
});

test("after an error another worker goes on with the run", async () => {
  const close = vi.fn<() => void>();
  const lost = async (): Promise<never> => Promise.reject(new Error("device: lost (unknown)."));
  const trainers = [fakeTrainer({ start: lost, close }), fakeTrainer()];
  const session = new TrainSession({ open: () => trainers.shift()!, persist: async () => true });
  await session.draw();
  await session.start();
  expect(session.state.run).toMatchObject({ phase: "failed", problem: "device: lost (unknown)." });
  await session.resume();
  expect(close).toHaveBeenCalledOnce();
  expect(session.state.run).toMatchObject({ phase: "ended" });
  expect(session.state.run?.problem).toBeUndefined();
});

test("a page that is loaded again shows the run that was open, and how it ended", async () => {
  const runs = async (): Promise<StoredRun[]> => [stored("one", 3, 9), stored("two", 9, 9), stored("three", 3, 9, true)];
  const one = sessionWith({ runs }, "one");
  await vi.waitFor(() => expect(one.state.run).toEqual({ name: "one", phase: "paused" }));
  const two = sessionWith({ runs }, "two");
  await vi.waitFor(() => expect(two.state.run).toEqual({ name: "two", phase: "ended" }));
  const three = sessionWith({ runs }, "three");
  await vi.waitFor(() => expect(three.state.run).toEqual({ name: "three", phase: "stopped" }));
  const gone = sessionWith({ runs }, "four");
  await vi.waitFor(() => expect(gone.state.costs.quick).toEqual({ bytes: 1e6 }));
  expect(gone.state.run).toBeUndefined();
});

test("a zip archive or a folder with settings is a run", async () => {
  const imported = vi.fn<OpenTrainer["import"]>(async () => "imported");
  const session = sessionWith({ import: imported });
  await session.add([{ path: "run.zip", file: new File(["x"], "run.zip") }]);
  expect(session.state.run).toMatchObject({ name: "imported" });
  expect(imported).toHaveBeenCalledOnce();
});

test("the estimate is measured with the preset on the pictures, and another preset or other pictures end it", async () => {
  const cost = { bytes: 1e6, secondsPerStep: 0.25, steps: 20_000, full: true };
  const measure = vi.fn<OpenTrainer["measure"]>(async () => cost);
  const session = sessionWith({ measure });
  await session.draw();
  session.choose("balanced");
  await session.measure();
  expect(measure).toHaveBeenLastCalledWith(expect.objectContaining({ cropSize: 128, maxSteps: 20_000 }), session.state.domains, expect.any(Function));
  expect(session.state.measured).toEqual(cost);
  session.choose("quick");
  expect(session.state.measured).toBeUndefined();
  await session.measure();
  session.give("A", [given("other.png")]);
  expect(session.state.measured).toBeUndefined();
});

test("what fails is said, and the page goes on", async () => {
  const session = sessionWith({ measure: async () => Promise.reject(new Error("device memory: too little")) });
  await session.draw();
  await session.measure();
  expect(session.state).toMatchObject({ problem: "device memory: too little", busy: undefined });
  session.choose("balanced");
  await session.draw();
  expect(session.state.problem).toBeUndefined();
});
