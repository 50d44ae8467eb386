/**
 * Feeds damaged files to a reader, case after case, in a process of its own.
 *
 * A process that dies, hangs or grows, and any answer but a value or the reader's own error, is reported with its case,
 * whose file is written to `fuzz-findings/`.
 */
import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";

const CASE_SECONDS = 10;
/** Growth of the process beyond what it began with. */
const CASE_BYTES = 1.5e9;
const RESTART_AFTER = 20_000;

/** What a reader made of a case: a value, a refusal in its own words, or anything else. */
export interface Answer {
  readonly outcome: "read" | "refused" | "broken";
  readonly message: string;
}

interface Outcome extends Answer {
  readonly number: number;
  readonly seed: string;
  readonly milliseconds: number;
  readonly bytes: number;
}

export interface FuzzCase {
  /** Of the sound file that was damaged. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FuzzTarget {
  /** The script that calls `fuzz`, as a path. */
  readonly script: string;
  /** The same number gives the same case. */
  readonly caseOf: (number: number) => Promise<FuzzCase>;
  readonly attempt: (one: FuzzCase, number: number) => Promise<Answer>;
}

/** The reading process: cases from `first` on, each announced and then answered. */
async function attemptAll({ caseOf, attempt }: FuzzTarget, first: number): Promise<void> {
  for (let number = first; number < first + RESTART_AFTER; number++) {
    const one = await caseOf(number);
    process.send?.({ begins: number });
    const start = performance.now();
    const answer = await attempt(one, number);
    const milliseconds = performance.now() - start;
    process.send?.({ number, seed: one.name, ...answer, milliseconds, bytes: process.memoryUsage.rss() } satisfies Outcome);
  }
}

async function keep({ caseOf }: FuzzTarget, number: number, why: string): Promise<void> {
  const { name, bytes } = await caseOf(number);
  mkdirSync("fuzz-findings", { recursive: true });
  writeFileSync(`fuzz-findings/${number}-${name}`, bytes);
  console.log(`case ${number} (${name}, ${bytes.length} bytes): ${why}`);
}

/** Runs a reading process until it ends by itself, dies, hangs or time is up; returns the next case's number. */
function watch(target: FuzzTarget, first: number, until: number, note: (outcome: Outcome) => void): Promise<number> {
  return new Promise((resolve) => {
    const child: ChildProcess = fork(target.script, ["--child", String(first)], { execArgv: process.execArgv, stdio: ["ignore", "inherit", "ignore", "ipc"] });
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
      const why = ended || (code === 0 ? "" : `the process ended with ${String(signal ?? code)}`);
      const kept = why === "" || why === "time is up" ? Promise.resolve() : keep(target, current, why);
      void kept.then(() => resolve(current + 1));
    });
  });
}

async function watchAll(target: FuzzTarget, seconds: number, first: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  const counts = new Map<string, { read: number; refused: number; broken: number; slowest: number }>();
  const reasons = new Map<string, number>();
  let largest = 0;
  let next = first;
  const note = ({ number, seed, outcome, message, milliseconds, bytes }: Outcome): void => {
    const count = counts.get(seed) ?? { read: 0, refused: 0, broken: 0, slowest: 0 };
    if (outcome === "read") count.read++;
    else if (outcome === "refused") count.refused++;
    else count.broken++;
    count.slowest = Math.max(count.slowest, Math.round(milliseconds));
    counts.set(seed, count);
    largest = Math.max(largest, bytes);
    if (outcome === "broken") void keep(target, number, message);
    if (bytes > CASE_BYTES) void keep(target, number, `the process has ${(bytes / 1e9).toFixed(1)} GB`);
    const reason = message.replace(/^.*?, got /, "").replaceAll(/[\d.]+/g, "#").slice(0, 60);
    if (outcome === "refused") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };
  while (Date.now() < until) next = await watch(target, next, until, note);
  console.table(Object.fromEntries(counts));
  console.log([...reasons].sort(([, a], [, b]) => b - a).slice(0, 40).map(([reason, count]) => `${count} × ${reason}`).join("\n"));
  console.log(`Cases: ${next - first} in ${seconds} s, from ${first} on; at most ${(largest / 1e6).toFixed(0)} MB of memory.`);
}

/** Runs for a script's arguments: seconds (60) and first case (0), or `--child` and first case. */
export async function fuzz(target: FuzzTarget): Promise<void> {
  const [mode = "60", number = "0"] = process.argv.slice(2);
  if (mode !== "--child") return watchAll(target, Number(mode), Number(number));
  await attemptAll(target, Number(number));
  process.disconnect();
}
