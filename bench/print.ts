import { widest } from "../src/bench/print.js";
import { significant, startTable, type Column } from "../src/bench/table.js";
import type { Comparison } from "./compare.js";
import type { BenchedStep } from "./report.js";

const MEBIBYTE = 2 ** 20;

export function printDispatch(name: string, microseconds: number): void {
  console.log(`\n${name}: ${microseconds.toFixed(2)} µs, recording only, warm, bind group cached`);
}

function stepColumns(names: readonly string[]): readonly Column[] {
  const figures = ["ms", "steps/s", "GFLOP/s", "cold ms", "warm ms", "dispatches", "submits", "host µs", "pipelines"];
  return [
    { heading: "step", width: widest(names), align: "left" },
    ...figures.map((heading) => ({ heading, width: Math.max(7, heading.length), align: "right" }) as const),
    { heading: "live MiB", width: 8, align: "right" },
    { heading: "peak MiB", width: 8, align: "right" },
  ];
}

/** Prints the head of the table of training steps; returns a function that prints a row. */
export function startStepTable(names: readonly string[]): (step: BenchedStep) => void {
  const row = startTable(stepColumns(names));
  return (step) => {
    const { milliseconds, hostMilliseconds, dispatches, cold, warm } = step;
    const host = (1000 * hostMilliseconds) / dispatches;
    const first = [cold, warm].map((start) => start?.milliseconds.toFixed(0) ?? "–");
    const counts = [dispatches, step.submits, host.toFixed(2), step.pipelines].map(String);
    const memory = [step.liveBytes, step.peakBytes].map((bytes) => (bytes / MEBIBYTE).toFixed(1));
    const rates = [milliseconds.toFixed(1), significant(1000 / milliseconds), significant(step.gigaflops)];
    row([step.name, ...rates, ...first, ...counts, ...memory]);
  };
}

export function printStepNotes(steps: readonly BenchedStep[]): void {
  if (steps.some(({ cold }) => cold)) {
    console.log("cold, warm: the first step of a process, including building networks and compiling kernels, with the driver's shader cache empty or filled");
  }
  if (steps.some(({ samples }) => samples === 1)) console.log("a step that takes minutes is timed once, including compiling its kernels");
  console.log("host µs: time to record a step, including autograd and submits, divided by its dispatches");
}

export function printComparison({ differences, rows, unmatched }: Comparison, file: string): void {
  console.log(`\ncompared with ${file}`);
  for (const difference of differences) console.log(`  ${difference}`);
  if (differences.length > 0) console.log("  the machines differ, so the ratios do not only show the code");
  const row = startTable([
    { heading: "figure", width: widest(rows.map(({ name }) => name)), align: "left" },
    { heading: "old", width: 10, align: "right" },
    { heading: "new", width: 10, align: "right" },
    { heading: "unit", width: 7, align: "left" },
    { heading: "new / old", width: 9, align: "right" },
  ]);
  for (const { name, unit, old, now, ratio } of rows) {
    row([name, significant(old), significant(now), unit, ratio.toFixed(2)]);
  }
  if (unmatched.length > 0) console.log(`in only one of the runs: ${unmatched.length} figures`);
}
