/** `cyclegan train` in several processes: the same bits as in one, also after any of them is killed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ranks } from "../../src/distributed/process-group.js";
import { RankError } from "../../src/distributed/rank-error.js";
import { freePort } from "../../src/distributed/free-port.js";
import { isJsonObject } from "../../src/io/parse-json.js";
import { Random } from "../../src/random.js";
import { trainConfig } from "../../src/run/options.js";
import { checkTraining } from "../../src/training/checks.js";
import { followRanks } from "../../src/training/follow.js";
import { makeImages } from "../cli/make-images.js";
import { cyclegan, startWith, type Outcome } from "../cli/run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-ranks-"));
const tiny = "--load-size 34 --crop-size 32 --ngf 4 --ndf 4 --net-d n_layers --n-layers-d 1 --print-freq 4 --num-threads 1 --eval-freq 8 --sample-images 1";
const models: Readonly<Record<string, string>> = {
  cycle_gan: "--n-blocks 1 --pool-size 6 --ema 0.9",
  pix2pix: "--model pix2pix --num-downs 5 --norm instance --pool-size 4",
  cut: "--model cut --n-blocks 1 --num-patches 16 --net-f-nc 8 --nce-layers 0,4,8",
};
/** How often a training is killed: RANK_KILLS for more. */
const kills = Number(process.env["RANK_KILLS"] ?? 2);
/** Each pair of a model and numbers of processes; RANK_MATRIX=1 for all. */
const isWhole = process.env["RANK_MATRIX"] === "1";

beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "data", domain), 9, 36, 36);
  for (const domain of ["testA", "testB"]) makeImages(join(folder, "data", domain), 1, 36, 36);
  for (const domain of ["trainA", "trainB"]) makeImages(join(folder, "others", domain), 8, 36, 36);
});
afterAll(() => rmSync(folder, { recursive: true }));

function command(name: string, model: string, microBatches: number, ...more: readonly string[]): string[] {
  const size = ["--batch-size", String(microBatches), "--micro-batches", String(microBatches)];
  return ["train", "--dataroot", "data", "--name", name, ...tiny.split(" "), ...(models[model] ?? "").split(" "), ...size, ...more];
}

/** All that a run leaves but timings and its own name. */
function traces(name: string): Readonly<Record<string, string>> {
  const run = join(folder, "runs", name);
  const lines = readFileSync(join(run, "log.jsonl"), "utf8").trimEnd().split("\n");
  const timings = ["secondsPerStep", "imagesPerSecond", "secondsLeft", "dataWait", "peakBytes"];
  const log = lines.map((line): unknown => JSON.parse(line)).filter(isJsonObject);
  const losses = log.map((row) => JSON.stringify(Object.entries(row).filter(([key]) => !timings.includes(key))));
  const files = ["samples", "checkpoints"].flatMap((part) =>
    readdirSync(join(run, part), { recursive: true, encoding: "utf8" }).map((file) => join(part, file)),
  );
  const contents = files.filter((file) => /\.(png|safetensors)$/.test(file)).sort().map((file) => [file, readFileSync(join(run, file)).toString("base64")]);
  return { log: losses.join("\n"), metrics: readFileSync(join(run, "metrics.jsonl"), "utf8"), random: randomOf(run), ...Object.fromEntries(contents) };
}

/** The states of all random streams in the newest checkpoint. */
function randomOf(run: string): string {
  const newest = readdirSync(join(run, "checkpoints")).filter((name) => name.startsWith("step-")).sort().at(-1) ?? "";
  const manifest: unknown = JSON.parse(readFileSync(join(run, "checkpoints", newest, "manifest.json"), "utf8"));
  return isJsonObject(manifest) ? JSON.stringify(Object.entries(Object(manifest["random"])).sort(([a], [b]) => (a < b ? -1 : 1))) : "";
}

/** Starts each rank as a launcher does. */
async function launch(worldSize: number, argsOf: (rank: number) => readonly string[]) {
  const port = String(await freePort());
  return Array.from({ length: worldSize }, (_, rank) =>
    startWith(folder, { RANK: String(rank), WORLD_SIZE: String(worldSize), LOCAL_RANK: String(rank), MASTER_PORT: port }, ...argsOf(rank)),
  );
}

const all = (ranks: Awaited<ReturnType<typeof launch>>): Promise<Outcome[]> => Promise.all(ranks.map(({ outcome }) => outcome));

const cases = [
  ["cycle_gan", 4, isWhole ? [2, 4] : [4]],
  ["pix2pix", 4, isWhole ? [2, 4] : [2]],
  ["cut", 4, isWhole ? [2, 4] : [2]],
  ...(isWhole ? Object.keys(models).map((model) => [model, 3, [3]] as const) : []),
] as const;

test.each(cases)("%s with %i micro-batches has the same bits from a single process and from %j", async (model, microBatches, sizes) => {
  const name = `${model}-${microBatches}`;
  const args = (run: string): string[] => command(run, model, microBatches, "--max-steps", "5");
  const single = await cyclegan(folder, ...args(name));
  expect(single.code, single.stderr).toBe(0);
  for (const size of sizes) {
    const several = await cyclegan(folder, ...args(`${name}-${size}`), "--processes", String(size));
    expect(several.code, several.stderr).toBe(0);
    expect(traces(`${name}-${size}`)).toEqual(traces(name));
  }
});

test("killed ranks end all others with their number, and a run goes on with other numbers of ranks to the same bits", async () => {
  const length = ["--max-steps", String(6 + 4 * kills), "--save-latest-freq", "4"];
  const whole = await cyclegan(folder, ...command("whole", "cycle_gan", 4, ...length));
  expect(whole.code, whole.stderr).toBe(0);
  const random = new Random(3);
  for (let kill = 0; kill < kills; kill++) {
    const size = kill < 2 || kill % 2 === 0 ? 2 : 4;
    const victim = kill < 2 ? 1 - kill : random.integer(size);
    const before = stepsOf("killed");
    const ranks = await launch(size, () => command("killed", "cycle_gan", 4, ...length, "--continue-train"));
    await expect.poll(() => stepsOf("killed"), { timeout: 30_000, interval: 5 }).toBeGreaterThan(before);
    await delay(random.integer(200));
    ranks[victim]?.child.kill("SIGKILL");
    const outcomes = await all(ranks);
    if (outcomes[0]?.code === 0) break;
    for (const [rank, { code, stderr }] of outcomes.entries()) {
      if (rank === victim) continue;
      expect(code).toBe(1);
      expect(stderr).toContain(`cyclegan: Rank ${victim} was lost: its connection closed. Start all ranks again; with --resume they go on from the newest checkpoint.`);
    }
  }
  const last = await cyclegan(folder, "train", "--resume", join("runs", "killed"));
  expect(last.code, last.stderr).toBe(0);
  expect(traces("killed")).toEqual(traces("whole"));
});

test("a step left out for NaN is reported with the images of all ranks, as by a single process", async () => {
  const broken = (name: string): string[] => command(name, "cycle_gan", 2, "--max-steps", "2", "--lr", "1e30");
  const single = await cyclegan(folder, ...broken("nan"));
  expect(single.code, single.stderr).toBe(0);
  const several = await cyclegan(folder, ...broken("nan-2"), "--processes", "2");
  expect(several.code, several.stderr).toBe(0);
  const [events = "", same] = ["nan", "nan-2"].map((name) => readFileSync(join(folder, "runs", name, "events.jsonl"), "utf8"));
  expect(events.match(/train[AB].\d+\.png/g)).toHaveLength(4);
  expect(same).toBe(events);
});

test("a rank that gets a command it cannot follow tells the others why", async () => {
  const said: string[] = [];
  const nothing = (): Promise<never> => Promise.reject(new Error("not expected"));
  const group: Ranks = {
    rank: 1,
    worldSize: 2,
    sentBytes: 0,
    allToAll: nothing,
    send: () => {},
    broadcast: () => {},
    receive: () => Promise.resolve({ topic: "command", value: { op: "step" }, floats: new Float32Array() }),
    receiveAll: nothing,
    abort: (text) => void said.push(text),
    leave: () => Promise.resolve(),
  };
  await expect(followRanks(group, {}, () => {})).rejects.toThrow(RankError);
  expect(said).toEqual(["Rank 1: Expected the beginning of a training, got step."]);
});

test("a run that continues with an unfit number of processes says what to change", () => {
  const config = trainConfig({ dataroot: join(folder, "data"), batchSize: 2, microBatches: 2 });
  const message = "which share them, got 2. A run that continues keeps its --micro-batches, so use another number of processes.";
  expect(() => checkTraining(config, true, 3)).toThrow(message);
});

/** The newest step of a run's checkpoints. */
function stepsOf(name: string): number {
  const checkpoints = join(folder, "runs", name, "checkpoints");
  if (!existsSync(checkpoints)) return 0;
  return Math.max(0, ...readdirSync(checkpoints).flatMap((file) => /^step-(\d+)$/.exec(file)?.[1] ?? []).map(Number));
}

test("SIGTERM to any rank saves and ends all, and the run goes on", async () => {
  const args = command("asked", "cycle_gan", 2, "--max-steps", "400");
  const ranks = await launch(2, () => args);
  await expect.poll(() => existsSync(join(folder, "runs", "asked", "log.jsonl")), { timeout: 30_000 }).toBe(true);
  ranks[1]?.child.kill("SIGTERM");
  const [zero, one] = await all(ranks);
  expect(zero?.stderr).toMatch(/Stopped after \d+ steps .* All is saved\./);
  expect([zero?.code, one?.code]).toEqual([143, 143]);
  const step = stepsOf("asked");
  expect(step).toBeGreaterThan(0);
  const more = await cyclegan(folder, "train", "--resume", join("runs", "asked"), "--max-steps", String(step + 1));
  expect(more.code, more.stderr).toBe(0);
});

test("a rank with other images ends all, and says where to look", async () => {
  const ranks = await launch(2, (rank) => command("other", "cycle_gan", 2, "--max-steps", "2", ...(rank === 1 ? ["--dataroot", "others"] : [])));
  const [zero, one] = await all(ranks);
  const said = "the images in others are not those of rank 0: 16 files, but other names or sizes. Give every rank the same data set; --dataroot says where rank 1 has it.";
  expect(zero).toMatchObject({ code: 1, stderr: expect.stringContaining(`cyclegan: Rank 1: ${said}`) });
  expect(one).toMatchObject({ code: 1, stderr: expect.stringContaining(`cyclegan: ${said}`) });
  expect(existsSync(join(folder, "runs", "other"))).toBe(false);
});

test.each([
  [["--processes", "3"], "--micro-batches: expected a multiple of the 3 processes, which share them, got 2."],
  [["--processes", "2", "--tune"], "--tune measures on a single process."],
  [["--processes", "2", "--dry-run"], "--dry-run measures a single process."],
  [["--processes", "1"], "--processes: expected a whole number between 2 and 64"],
])("%j is refused", async (more, message) => {
  const { code, stderr } = await cyclegan(folder, ...command("refused", "cycle_gan", 2), ...more);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
