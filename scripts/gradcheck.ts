/**
 * Runs the tests of every op and prints what they compared: for each sample the error that came nearest its tolerance,
 * of the values against float64 loops and of the gradients against central differences, linearity and the other kind
 * of adapter.
 *
 * Arguments choose files and folders by how their names begin: `npm run gradcheck -- conv`. Exits with 1 on a miss.
 */
import { readdirSync } from "node:fs";
import { startVitest, type Reporter } from "vitest/node";
import type { Figures } from "../test/support/figures.js";

interface Row {
  readonly op: string;
  readonly sample: string;
  readonly figures: Figures[];
  failed: boolean;
}

const rows = new Map<string, Row>();
const failures: string[] = [];
let checks = 0;

const collector: Reporter = {
  onTestCaseResult(test) {
    const { state } = test.result();
    if (state === "skipped") return;
    const failed = state === "failed";
    const { opCheck } = test.meta();
    checks++;
    if (failed) failures.push(failureOf(test.fullName, test.result().errors));
    if (!opCheck) return;
    const key = `${opCheck.op} / ${opCheck.sample}`;
    const row = rows.get(key) ?? { ...opCheck, figures: [], failed: false };
    rows.set(key, row);
    row.figures.push(...opCheck.figures);
    row.failed ||= failed;
  },
  // A device that does not open fails a whole file.
  onTestModuleEnd(file) {
    if (file.errors().length > 0) failures.push(failureOf(file.relativeModuleId, file.errors()));
  },
};

function failureOf(name: string, errors: readonly { readonly message: string }[] = []): string {
  const text = errors.map(({ message }) => message).join("\n");
  return `${name}\n  ${text.replaceAll("\n", "\n  ")}`;
}

/** The worst error of a pass and its tolerance; of exact results only that they are. */
function cell(figures: readonly Figures[], pass: Figures["pass"]): string {
  const share = ({ error, tolerance }: Figures): number => (error === 0 ? 0 : error / tolerance);
  const [worst] = figures.filter((one) => one.pass === pass).sort((a, b) => share(b) - share(a));
  if (!worst) return "none";
  return `${worst.error.toExponential(1)} of ${worst.tolerance.toExponential(1)}`;
}

function print(header: readonly string[], body: readonly (readonly string[])[]): void {
  const widths = header.map((title, i) => Math.max(title.length, ...body.map((row) => row[i]?.length ?? 0)));
  for (const row of [header, ...body]) {
    console.log(row.map((text, i) => text.padEnd(widths[i] ?? 0)).join("  ").trimEnd());
  }
}

const chosen = process.argv.slice(2);
const tests = readdirSync("test/ops", { recursive: true, encoding: "utf8" }).map((file) => `test/ops/${file}`);
const files = chosen.length > 0 ? tests.filter((file) => file.endsWith(".test.ts") && chosen.some((name) => file.includes(`/${name}`))) : ["test/ops/"];
const vitest = await startVitest("test", files, { watch: false, reporters: [collector] });
const all = [...rows.values()].sort((a, b) => a.op.localeCompare(b.op));
const byOp = [...new Set(all.map(({ op }) => op))].map((op) => all.filter((row) => row.op === op));
const header = ["values: error of tolerance", "gradients", "verdict"];
const verdict = (some: readonly Row[]): readonly string[] => {
  const figures = some.flatMap((row) => row.figures);
  return [cell(figures, "forward"), cell(figures, "gradient"), some.some(({ failed }) => failed) ? "MISS" : "ok"];
};
print(["op", "sample", ...header], all.map((row) => [row.op, row.sample].concat(verdict([row]))));
console.log();
print(["op", "samples", ...header], byOp.map((some) => [some[0]?.op ?? "", String(some.length)].concat(verdict(some))));
const pairs = all.flatMap(({ figures }) => figures).reduce((sum, figures) => sum + figures.pairs, 0);
const counts = [`${byOp.length} ops`, `${all.length} samples`, `${checks} checks`, `${pairs} numbers compared`];
console.log(`\n${counts.join(", ")}, ${failures.length} misses`);
for (const failure of failures) console.error(`\n${failure}`);
await vitest.close();
process.exitCode = failures.length > 0 || all.length === 0 ? 1 : 0;
