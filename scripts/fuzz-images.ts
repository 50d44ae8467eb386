/**
 * Feeds damaged image files to the decoders: `npm run fuzz:images -- [seconds] [first seed]`.
 *
 * Each case must end, in time and in memory, with an image or a DataError that names the file. A process that dies, hangs
 * or grows, and any other error, is reported with its case, whose file is written to `fuzz-findings/`.
 */
import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeBytes } from "../src/data/decode.js";
import { DataError } from "../src/errors.js";
import { Random } from "../src/random.js";
import { imageSeeds } from "../test/fuzz/image-seeds.js";
import { mutate } from "../test/fuzz/mutate.js";

const CASE_SECONDS = 10;
/** Growth of the process beyond what it began with. */
const CASE_BYTES = 1.5e9;
const RESTART_AFTER = 20_000;

interface Outcome {
  readonly number: number;
  readonly seed: string;
  readonly outcome: "image" | "refused" | "broken";
  readonly message: string;
  readonly milliseconds: number;
  readonly bytes: number;
}

const seeds = await imageSeeds();
const names = [...seeds.keys()];

function caseOf(number: number): { readonly name: string; readonly bytes: Buffer } {
  const random = new Random(number).stream("image");
  const pick = (): string => names[Math.floor(random.uniform() * names.length)] ?? "";
  const [name, other] = [pick(), pick()];
  return { name, bytes: mutate(seeds.get(name) ?? Buffer.alloc(1), seeds.get(other) ?? Buffer.alloc(1), random) };
}

/** The decoding process: cases from `first` on, each announced and then answered. */
async function decodeAll(first: number): Promise<void> {
  for (let number = first; number < first + RESTART_AFTER; number++) {
    const { name, bytes } = caseOf(number);
    process.send?.({ begins: number });
    const start = performance.now();
    const answer = await decodeBytes(bytes, `damaged/${name}`, number % 2 === 0 ? 3 : 1, { keepAlpha: number % 3 === 0 }).then(
      ({ width, height, channels, data }) => {
        const whole = data.length === width * height * channels;
        return { outcome: whole ? "image" : "broken", message: whole ? "" : `${data.length} samples for ${width}×${height}×${channels}` } as const;
      },
      (error: unknown) => {
        const named = error instanceof DataError && error.message.startsWith(`damaged/${name}: expected a readable image`);
        return { outcome: named && !error.message.includes("\n") ? "refused" : "broken", message: String(error) } as const;
      },
    );
    const milliseconds = performance.now() - start;
    process.send?.({ number, seed: name, ...answer, milliseconds, bytes: process.memoryUsage.rss() } satisfies Outcome);
  }
}

function keep(number: number, why: string): void {
  const { name, bytes } = caseOf(number);
  mkdirSync("fuzz-findings", { recursive: true });
  writeFileSync(`fuzz-findings/${number}-${name}`, bytes);
  console.log(`case ${number} (${name}, ${bytes.length} bytes): ${why}`);
}

/** Runs a decoding process until it ends by itself, dies, hangs or time is up; returns the next case's number. */
function watch(first: number, until: number, note: (outcome: Outcome) => void): Promise<number> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(fileURLToPath(import.meta.url), ["--child", String(first)], { execArgv: process.execArgv, stdio: ["ignore", "inherit", "ignore", "ipc"] });
    let current = first;
    let begun = Date.now();
    let ended = "";
    const timer = setInterval(() => {
      if (Date.now() > until) ended = "time is up";
      else if (Date.now() - begun > CASE_SECONDS * 1000) ended = `no end after ${CASE_SECONDS} s`;
      if (ended) child.kill("SIGKILL");
    }, 200);
    child.on("message", (message: { readonly begins: number } | Outcome) => {
      begun = Date.now();
      if ("begins" in message) current = message.begins;
      else note(message);
    });
    child.on("close", (code, signal) => {
      clearInterval(timer);
      if (ended !== "time is up" && (ended || code !== 0)) keep(current, ended || `the process ended with ${String(signal ?? code)}`);
      resolve(current + 1);
    });
  });
}

async function main(seconds: number, first: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  const counts = new Map<string, { images: number; refused: number; broken: number; slowest: number }>();
  const reasons = new Map<string, number>();
  let largest = 0;
  let next = first;
  const note = ({ number, seed, outcome, message, milliseconds, bytes }: Outcome): void => {
    const count = counts.get(seed) ?? { images: 0, refused: 0, broken: 0, slowest: 0 };
    if (outcome === "image") count.images++;
    else if (outcome === "refused") count.refused++;
    else count.broken++;
    count.slowest = Math.max(count.slowest, Math.round(milliseconds));
    counts.set(seed, count);
    largest = Math.max(largest, bytes);
    if (outcome === "broken") keep(number, message);
    if (bytes > CASE_BYTES) keep(number, `the process has ${(bytes / 1e9).toFixed(1)} GB`);
    const reason = message.replace(/^.*?, got /, "").replaceAll(/[\d.]+/g, "#").slice(0, 60);
    if (outcome === "refused") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };
  while (Date.now() < until) next = await watch(next, until, note);
  console.table(Object.fromEntries(counts));
  console.log([...reasons].sort(([, a], [, b]) => b - a).slice(0, 40).map(([reason, count]) => `${count} × ${reason}`).join("\n"));
  console.log(`Cases: ${next - first} in ${seconds} s, from ${first} on; at most ${(largest / 1e6).toFixed(0)} MB of memory.`);
}

const [mode = "60", number = "0"] = process.argv.slice(2);
if (mode === "--child") {
  await decodeAll(Number(number));
  process.disconnect();
} else {
  await main(Number(mode), Number(number));
}
