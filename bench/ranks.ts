/**
 * `npm run bench:ranks`: what it costs to average gradients over several processes of this machine, and what that means on networks.
 *
 * Three tables: the exchange of a CycleGAN's gradients over loopback, plain and encrypted; the share of it in a small training step; and
 * speed-ups for 2 to 64 GPUs that are computed, not measured.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { freePort } from "../src/distributed/free-port.js";
import { readLaunch } from "../src/distributed/launch.js";
import type { ProcessGroup, Ranks } from "../src/distributed/process-group.js";
import { joinRanks } from "../src/distributed/rendezvous.js";
import { env } from "../src/env.js";
import { parseJsonObject } from "../src/io/parse-json.js";
import { median } from "../src/tune/median.js";
import { meanGradients, gradientSum } from "../src/models/parts/mean-gradients.js";
import { MicroBatches } from "../src/models/parts/micro-batches.js";
import { StepScope } from "../src/models/parts/step-scope.js";
import { openGpu } from "../src/open-gpu.js";
import { Random } from "../src/random.js";
import { modelOf, trainConfig } from "../src/run/options.js";
import { Tensor } from "../src/tensor/tensor.js";

/** Floats of the gradients of both generators and of both discriminators, with 9 blocks and ngf 64. */
const GENERATORS = 2 * 11_378_179;
const DISCRIMINATORS = 2 * 2_764_737;
const BYTES = 4 * (GENERATORS + DISCRIMINATORS);
/** Bytes per second between a device and its host: PCIe 4 with 16 lanes gives half to two thirds of its 31.5 GB/s. Assumed, not measured. */
const COPY = 16e9;
const SAMPLES = 3;
const SIDE = 64;

/** Seconds in which the generators' gradients travel, without what is computed with them. */
async function timeTransport(group: Ranks): Promise<number> {
  const part = new Float32Array(Math.ceil(GENERATORS / group.worldSize)).fill(group.rank);
  const parts = Array.from({ length: group.worldSize }, () => part);
  const seconds: number[] = [];
  for (let sample = 0; sample <= SAMPLES; sample++) {
    const start = performance.now();
    const shares = await group.allToAll("transport", parts);
    await group.allToAll("transport", parts);
    if (sample > 0) seconds.push((performance.now() - start) / 1000);
    if (shares.some((share, rank) => share.length !== part.length || share[0] !== rank || share.at(-1) !== rank)) throw new Error("expected the numbers of each rank, got others");
  }
  return median(seconds);
}

/** Seconds of an exchange of the generators' gradients from device to device, checked first. */
async function timeExchange(group: Ranks): Promise<number> {
  using gpu = await openGpu();
  const micro = new MicroBatches(group.worldSize, group);
  const own = new Float32Array(GENERATORS).fill(group.rank + 1);
  const exchange = async (): Promise<Tensor> => {
    using scope = new StepScope(gpu);
    const sum = gradientSum();
    sum.add({ start: group.rank, size: 1, sum: [scope.run(() => Tensor.from(gpu, [GENERATORS], own))] });
    const [mean] = await meanGradients(gpu, scope, sum, micro, "bench");
    if (!mean) throw new RangeError("one arena has one mean");
    return mean;
  };
  using first = await exchange();
  const expected = (group.worldSize + 1) / 2;
  if ((await first.data()).some((value) => value !== expected)) throw new Error(`expected means of ${expected}, got others`);
  const seconds: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = performance.now();
    (await exchange()).release();
    seconds.push((performance.now() - start) / 1000);
  }
  return median(seconds);
}

interface StepFigures {
  readonly step: number;
  readonly exchange: number;
}

/** Seconds of a small CycleGAN's step, and those of it that are spent in exchanges, waits for the other ranks included. */
async function timeStep(group: Ranks): Promise<StepFigures> {
  using gpu = await openGpu();
  let waited = 0;
  const watched: ProcessGroup = {
    rank: group.rank,
    worldSize: group.worldSize,
    async allToAll(topic, parts) {
      const start = performance.now();
      const got = await group.allToAll(topic, parts);
      if (topic !== "losses") waited += (performance.now() - start) / 1000;
      return got;
    },
  };
  const size = { cropSize: SIDE, ngf: 32, ndf: 32, nBlocks: 4, microBatches: group.worldSize, batchSize: group.worldSize };
  const config = trainConfig({ a: "a", b: "b", ...size });
  const model = modelOf(config).create(gpu, config, new Random(1), watched);
  const random = new Random(group.rank);
  const images = { shape: [1, SIDE, SIDE, 3] as const, data: Float32Array.from({ length: SIDE * SIDE * 3 }, () => random.uniform()) };
  model.schedule({ step: 1, epoch: 1, lr: 2e-4 });
  const steps: number[] = [];
  const exchanges: number[] = [];
  for (let step = 0; step < 3 + 2 * SAMPLES; step++) {
    const start = performance.now();
    waited = 0;
    await model.step({ A: images, B: images });
    if (step < 3) continue;
    steps.push((performance.now() - start) / 1000);
    exchanges.push(waited);
  }
  model.dispose();
  return { step: median(steps), exchange: median(exchanges) };
}

interface Figures extends StepFigures {
  readonly transport: number;
  readonly seconds: number;
  readonly sent: number;
}

/** One of the processes: rank 0 prints its figures. */
async function runRank(group: Ranks): Promise<void> {
  const transport = await timeTransport(group);
  const before = group.sentBytes;
  const seconds = await timeExchange(group);
  const sent = (group.sentBytes - before) / (SAMPLES + 1);
  const figures: Figures = { transport, seconds, sent, ...(await timeStep(group)) };
  if (group.rank === 0) process.stdout.write(`${JSON.stringify(figures)}\n`);
  await group.leave();
}

async function runAll(worldSize: number, secret: string | undefined): Promise<Figures> {
  const variables = { WORLD_SIZE: String(worldSize), MASTER_PORT: String(await freePort()), ...(secret !== undefined && { CYCLEGAN_SECRET: secret }) };
  const outputs = await Promise.all(
    Array.from({ length: worldSize }, (_, rank) => {
      const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, ...variables, RANK: String(rank) },
      });
      let output = "";
      child.stdout.on("data", (text: Buffer) => (output += text.toString()));
      return new Promise<string>((resolve, reject) => child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`rank ${rank} ended with ${code}`)))));
    }),
  );
  const { transport, seconds, sent, step, exchange } = parseJsonObject(outputs.join("").trim(), "rank 0");
  return { transport: Number(transport), seconds: Number(seconds), sent: Number(sent), step: Number(step), exchange: Number(exchange) };
}

/** The committed time of a step at 256², in seconds. */
function committedStep(): number {
  const file = new URL("results/2026-11-nvidia-h200.json", import.meta.url);
  const { bench } = parseJsonObject(readFileSync(file, "utf8"), file.pathname);
  const [step] = Object(bench).steps;
  return step.milliseconds / 1000;
}

/**
 * Seconds of an exchange between `ranks` machines. The bytes that a rank sends take their time on its network, the work of its processor
 * on each of them (`perByte`), and three copies between device and host. Nothing overlaps, and nobody waits for a slower rank.
 */
function exchangeSeconds(ranks: number, gigabits: number, perByte: number): number {
  return BYTES * (((2 * (ranks - 1)) / ranks) * (1 / (gigabits * 1.25e8) + perByte) + 3 / COPY);
}

async function main(): Promise<void> {
  console.log(`| processes | connection | sent by each, MB | transport, ms | MB/s | from device to device, ms | step at ${SIDE}², ms | of it exchange, ms | share |`);
  console.log("|---|---|---|---|---|---|---|---|---|");
  let perByte = Infinity;
  for (const worldSize of [2, 4]) {
    for (const secret of [undefined, "a secret for the bench"]) {
      const { transport, seconds, sent, step, exchange } = await runAll(worldSize, secret);
      // Rank 0 shares the processor with all others.
      if (worldSize === 2) perByte = Math.min(perByte, transport / sent);
      const connection = secret === undefined ? "plain" : "encrypted";
      const columns = [worldSize, connection, (sent / 1e6).toFixed(1), (1000 * transport).toFixed(0), (sent / transport / 1e6).toFixed(0), (1000 * seconds).toFixed(0), (1000 * step).toFixed(0), (1000 * exchange).toFixed(0), `${((100 * exchange) / step).toFixed(0)} %`];
      console.log(`| ${columns.join(" | ")} |`);
    }
  }
  const step = committedStep();
  console.log(`\nComputed: w GPUs of ${(1000 * step).toFixed(1)} ms an image at 256², k images each; an exchange is ${(BYTES / 1e6).toFixed(0)} MB · (2 (w − 1) / w · (1 / bandwidth + ${(perByte * 1e9).toFixed(2)} ns a byte) + 3 / 16 GB/s).`);
  console.log("\n| images of a GPU | GPUs | 1 Gb/s | 10 Gb/s | 25 Gb/s | 100 Gb/s |");
  console.log("|---|---|---|---|---|---|");
  for (const images of [1, 8, 32]) {
    for (const ranks of [2, 4, 8, 16, 32, 64]) {
      const speedUps = [1, 10, 25, 100].map((gigabits) => (ranks * images * step) / (images * step + exchangeSeconds(ranks, gigabits, perByte)));
      console.log(`| ${[images, ranks, ...speedUps.map((times) => times.toFixed(times < 10 ? 2 : 1))].join(" | ")} |`);
    }
  }
}

const launch = readLaunch(env.launch, env.secret);
if (launch) await runRank(await joinRanks(launch, { onMessage: () => {} }));
else await main();
