/**
 * What run.sh starts in the unpacked bundle: finds the GPU's driver, then runs doctor, the tests, every kernel variant against
 * the others, the bench, where PyTorch is its step on the same card, a training, and the same work in other engines. Writes a
 * log of each and a summary; exits with 1 when one of them failed.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, Command, Option } from "commander";
import { runCommand } from "../../src/driver/run-command.js";
import { againstPytorch, type BenchReport, type PytorchReport } from "./against-pytorch.js";
import { driverTrials, findGpu } from "./drivers.js";
import { runPart, runProgram } from "./part.js";

const bundle = fileURLToPath(new URL("../../", import.meta.url));
const cache = join(bundle, "cache");
/** SwiftShader's folder as the product lays it out; the Vulkan loader in it serves every driver. */
const loaderFolder = join(cache, "drivers", "swiftshader", "lib");

/** The tests that depend on the device. */
const TESTS = ["test/ops", "test/engine", "test/nn", "test/optim", "test/models", "test/grad-check.test.ts"];
TESTS.push("test/agreement", "test/determinism", "test/edges/graph", "test/edges/device-loss");

/** The demo's emoji at 64² through generators of six blocks: 2,000 steps, of which a software adapter is given 10. */
const TRAINING = ["--name", "training", "--overwrite", "--dataroot", "datasets/emoji"];
TRAINING.push("--load-size", "64", "--crop-size", "64", "--ngf", "32", "--n-blocks", "6", "--lambda-identity", "1");
TRAINING.push("--lr", "0.0005", "--n-epochs", "15", "--n-epochs-decay", "15", "--eval-freq", "500", "--print-freq", "50");

const PARTS = ["doctor", "tests", "variants", "bench", "pytorch", "training", "peers"] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly software?: true;
  readonly scale?: string;
  readonly results: string;
}

/** The summary, line by line, on the console and at the end of its file: parts may be run one at a time. */
type Say = (line: string) => void;

function commandOf(part: Part, scale: string, results: string): string[] {
  const within = [process.execPath, join(bundle, "dist/cli/main.js"), "exec", "--"];
  const json = join(results, `${part}.json`);
  switch (part) {
    case "doctor":
      return [process.execPath, join(bundle, "dist/cli/main.js"), "doctor"];
    case "tests": {
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${json}`];
      return [...within, "vitest", "run", ...TESTS, ...reporters];
    }
    case "variants": {
      const networks = scale === "full" ? ["--crop-size", "256"] : ["--crop-size", "64", "--ngf", "32", "--n-blocks", "6"];
      return [process.execPath, join(bundle, "dist/cli/main.js"), "tune", ...networks, "--seconds", "30"];
    }
    case "bench":
      return [...within, "tsx", "bench/main.ts", "--scale", scale, "--json", json];
    case "pytorch": {
      const step = ["--filter", "training step", "--runs", "3"];
      return ["python3", "bench/pytorch_step.py", "--scale", scale, ...step, "--json", json];
    }
    case "training": {
      const steps = ["--max-steps", scale === "full" ? "2000" : "10"];
      return [process.execPath, join(bundle, "dist/cli/main.js"), "train", ...TRAINING, ...steps, "--runs-dir", results];
    }
    case "peers":
      return [...within, "tsx", "bench/peers/main.ts", "--filter", "256→256", "--json", json];
  }
}

/** The environment of every part on the software driver: the user's own, or the one that came along. */
function softwareEnvironment(say: Say): NodeJS.ProcessEnv {
  const own = process.env["VK_DRIVER_FILES"] || process.env["VK_ICD_FILENAMES"];
  say(`driver    software, on the CPU: ${own || "the bundle's SwiftShader"}`);
  const library = [process.env["LD_LIBRARY_PATH"], loaderFolder].filter(Boolean).join(":");
  return { CYCLEGAN_ADAPTER: own ? "software" : "swiftshader", LD_LIBRARY_PATH: library };
}

/** The environment of every part on a GPU; undefined, with the reasons said, when no driver gives one. */
async function hardwareEnvironment(say: Say): Promise<NodeJS.ProcessEnv | undefined> {
  const failures: string[] = [];
  const trials = driverTrials(process.env, join(cache, "icd"));
  const found = await findGpu(trials, loaderFolder, (line) => failures.push(line));
  if (!found) {
    for (const failure of failures) say(failure);
    const got = trials.length === 0 ? "no driver's manifest and no library of NVIDIA's" : "none that opens";
    say(`run.sh: expected a GPU that Vulkan finds, got ${got}. Name its manifest in VK_DRIVER_FILES or try --software.`);
    return undefined;
  }
  say(`driver    ${found.trial.from}: ${found.trial.manifests.join(", ")}`);
  say(`adapter   ${found.adapter.name}`);
  return { CYCLEGAN_ADAPTER: "hardware", ...found.variables };
}

async function environment(options: Options, say: Say): Promise<NodeJS.ProcessEnv | undefined> {
  const found = options.software ? softwareEnvironment(say) : await hardwareEnvironment(say);
  const { CYCLEGAN_PROVIDED: _, ...inherited } = process.env;
  const folders = { CYCLEGAN_CACHE: cache, XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] || tmpdir() };
  return found && { ...inherited, ...folders, ...found };
}

/** Lines about the machine. */
async function describeMachine(): Promise<string[]> {
  const processors = cpus();
  const query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"];
  const nvidia = await runCommand("nvidia-smi", query);
  const made = existsSync(join(bundle, "made.txt")) ? readFileSync(join(bundle, "made.txt"), "utf8").trim() : "unknown";
  return [
    `date      ${new Date().toISOString()}`,
    `bundle    ${made}`,
    `system    Linux ${release()}, Node ${process.version}`,
    `processor ${processors[0]?.model ?? "unknown"}, ${processors.length} cores`,
    ...nvidia.output.trim().split("\n").filter(Boolean).map((line) => `card      ${line}`),
  ];
}

/** What a report of vitest's counts. */
function countTests(file: string): string {
  if (!existsSync(file)) return "no report";
  const report: { numPassedTests: number; numFailedTests: number } = JSON.parse(readFileSync(file, "utf8"));
  return `${report.numPassedTests} passed, ${report.numFailedTests} failed`;
}

/** What a part needs that the bundle may lack: where that is absent, the part is skipped. */
const NEEDS: Partial<Record<Part, string>> = { training: "datasets/emoji", peers: "bench/peers/node_modules" };

/** Puts the bench's figures beside PyTorch's, where both were measured into this folder. */
function compare(results: string): void {
  const [bench, pytorch] = [join(results, "bench.json"), join(results, "pytorch.json")];
  if (!existsSync(bench) || !existsSync(pytorch)) return;
  const ours: BenchReport = JSON.parse(readFileSync(bench, "utf8"));
  const theirs: PytorchReport = JSON.parse(readFileSync(pytorch, "utf8"));
  const table = `${againstPytorch(ours, theirs).join("\n")}\n`;
  console.log(`\n${table}`);
  writeFileSync(join(results, "against-pytorch.txt"), table);
}

async function runParts(parts: readonly Part[], options: Options): Promise<number> {
  const results = resolve(options.results);
  mkdirSync(results, { recursive: true });
  const summary = join(results, "summary.txt");
  const say: Say = (line) => {
    console.log(line);
    appendFileSync(summary, `${line}\n`);
  };
  for (const line of await describeMachine()) say(line);
  const env = await environment(options, say);
  if (!env) return 1;
  // What the logs keep is to be read as text.
  const ours = { ...env, NO_COLOR: "1" };
  const scale = options.scale ?? (options.software ? "small" : "full");
  let failed = false;
  for (const part of parts) {
    const json = join(results, `${part}.json`);
    rmSync(json, { force: true });
    console.log(`\n── ${part} ──`);
    const need = NEEDS[part];
    if (need !== undefined && !existsSync(join(bundle, need))) {
      say(`${part.padEnd(9)} skipped: the bundle was made without ${need}`);
      continue;
    }
    const command = commandOf(part, scale, results);
    const place = { cwd: bundle, env: part === "pytorch" ? process.env : ours, log: join(results, `${part}.log`) };
    const { status, seconds } = await runPart(command, place);
    failed ||= status === "failed";
    const counts = part === "tests" ? `, ${countTests(json)}` : "";
    say(`${part.padEnd(9)} ${status}, ${seconds.toFixed(1)} s${counts}`);
  }
  compare(results);
  console.log(`results in ${results}`);
  return failed ? 1 : 0;
}

/** Runs any command where the parts run. */
async function runWithin(command: readonly string[], options: Options): Promise<number> {
  const env = await environment(options, (line) => console.error(line));
  if (!env) return 1;
  const within = [process.execPath, join(bundle, "dist/cli/main.js"), "exec", "--", ...command];
  return runProgram(within, { cwd: bundle, env });
}

const program = new Command("run.sh")
  .description("tests and times cyclegan-webgpu on this machine's GPU, without a network")
  .addArgument(new Argument("[part...]", "what to run; all of them by default").choices(PARTS))
  .option("--software", "on a software driver: yours if VK_DRIVER_FILES names one, else SwiftShader")
  .addOption(new Option("--scale <scale>", "sizes (default: full, with --software small)").choices(["small", "full"]))
  .option("--results <folder>", "where the logs and figures go (RESULTS)", process.env["RESULTS"] || "results")
  .enablePositionalOptions()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (parts: Part[], options: Options) => {
    process.exitCode = await runParts(parts.length > 0 ? parts : PARTS, options);
  });
program
  .command("exec")
  .description("run a command of your own in the bundle's folder, where it finds the GPU")
  .usage("-- <command> [args...]")
  .argument("<command...>", 'for example "vitest run test/ops/conv2d" or "tsx bench/main.ts --filter conv"')
  .passThroughOptions()
  .action(async (command: string[]) => {
    process.exitCode = await runWithin(command, program.opts<Options>());
  });

await program.parseAsync();
