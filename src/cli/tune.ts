import { Command, Option } from "commander";
import { UsageError } from "../errors.js";
import type { TunedWork } from "../driver/tuning-file.js";
import type { ModelDefinition } from "../models/model.js";
import { interruptible } from "./interrupt.js";
import { numberOption } from "./number-option.js";
import { addTrainOptions, configOf, modelOfArguments, modelOption } from "./options.js";

const examples = `
Examples:
  cyclegan tune --crop-size 256                        measure what a training on 256×256 pixels does
  cyclegan tune --ngf 32 --net-g resnet_6blocks --seconds 60
  cyclegan tune --list
  cyclegan tune --pin "forward 1x64x64x256 3x3/1+1r 64x64x256=tiled/64x64"

Measures the ways in which this device can compute the convolutions of a training step, and keeps the fastest of each for
"train --tune" and "translate --tune". Results then change within rounding, and between machines; without --tune they do
not. The file is tuning.json in the cache folder, or what CYCLEGAN_TUNING names.`;

/** What decides the sizes of a step. */
const SIZES = ["cropSize", "batchSize", "inputNc", "outputNc", "ngf", "nBlocks", "ndf", "netD", "nLayersD", "norm", "adapter"];

interface Values {
  readonly seconds: number;
  readonly list?: true;
  readonly clear?: true;
  readonly pin?: string;
}

/** `cyclegan tune`. */
export function tuneCommand(args: readonly string[] = []): Command {
  const model = modelOfArguments(args, () => undefined);
  const seconds = new Option("--seconds <n>", "begin no measurement after so many seconds").default(20);
  const command = new Command("tune").description("find the fastest kernels for this device, ahead of a training");
  addTrainOptions(command.addOption(modelOption()), model, SIZES)
    .addOption(seconds.argParser(numberOption("--seconds", "a number of at least 0", (value) => value >= 0)))
    .option("--list", "print what is known, of every device")
    .option("--pin <work=variant>", "take this variant whatever is measured; =auto ends it")
    .option("--clear", "forget what is known, of every device")
    .addHelpText("after", examples);
  return command.action(() => runTune(command, model));
}

function printMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function runTune(command: Command, model: ModelDefinition): Promise<void> {
  const { list, clear, pin, seconds } = command.opts<Values>();
  if ([list, clear, pin].filter(Boolean).length > 1) {
    throw new UsageError("tune: expected one of --list, --pin and --clear, got several. Give one at a time.");
  }
  const file = await import("../driver/tuning-file.js");
  if (list) return printTuning();
  if (clear) return file.clearTuning();
  const config = configOf(command, model);
  const pinned = pin === undefined ? undefined : await parsePin(pin);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(config.adapter);
  const { openGpu } = await import("../open-gpu.js");
  using gpu = await openGpu({ adapter: config.adapter });
  if (pinned) {
    const { key, variant } = pinned;
    const change = (known: Readonly<Record<string, TunedWork>>): Record<string, TunedWork> => {
      const { [key]: _, ...others } = known;
      return variant === "auto" ? others : { ...others, [key]: { variant, times: {}, pinned: true } };
    };
    return file.updateTuning(file.tuningDevice(gpu), change, printMessage);
  }
  const { tuneDevice } = await import("../driver/tune-device.js");
  const { stepWork } = await import("../training/dry-run/rehearse.js");
  const { batchSize, cropSize } = config;
  // Identity losses need equal domains and add no other sizes.
  const settings = config["inputNc"] === config["outputNc"] ? config : { ...config, lambdaIdentity: 0 };
  const channels = Object.entries(model.channels(settings));
  const shapes = Object.fromEntries(channels.map(([side, count]) => [side, [batchSize, cropSize, cropSize, count] as const]));
  const work = (signal: AbortSignal): Promise<unknown> =>
    tuneDevice(gpu, stepWork(model, settings, shapes), printMessage, { seconds, signal });
  await interruptible(work, () => printMessage("Finishing this measurement."));
  process.stdout.write(`${file.tuningPath()}\n`);
}

/** Throws UsageError unless the text names work that there can be and a variant of it. */
async function parsePin(text: string): Promise<{ readonly key: string; readonly variant: string }> {
  const { parseConvKey, variantNames } = await import("../tune/conv-work.js");
  const end = text.lastIndexOf("=");
  const [key, variant] = [text.slice(0, Math.max(0, end)), text.slice(end + 1)];
  const work = parseConvKey(key);
  if (!work) {
    throw new UsageError(
      `--pin: expected <work>=<variant> with work as "cyclegan tune --list" names it, got ${JSON.stringify(text)}.`,
    );
  }
  const names = [...variantNames(work.pass), "auto"];
  if (names.includes(variant)) return { key, variant };
  throw new UsageError(`--pin: expected a variant among ${names.join(", ")}, got ${JSON.stringify(variant)}.`);
}

async function printTuning(): Promise<void> {
  const { readTuning } = await import("../driver/tuning-file.js");
  const known = Object.entries(await readTuning(printMessage));
  if (known.length === 0) process.stdout.write('Nothing is known yet. "cyclegan tune" measures.\n');
  for (const [device, works] of known) {
    process.stdout.write(`${device}\n`);
    for (const [key, work] of Object.entries(works)) process.stdout.write(`  ${key} = ${describe(work)}\n`);
  }
}

/** `tiled/64x64  0.12 ms (direct 0.40, tiled 0.13)` */
function describe({ variant, times, pinned }: TunedWork): string {
  if (pinned) return `${variant}  pinned`;
  const others = Object.entries(times).filter(([name]) => name !== variant);
  const list = others.toSorted(([, a], [, b]) => a - b).map(([name, time]) => `${name} ${time.toPrecision(3)}`);
  return `${variant}  ${(times[variant] ?? Number.NaN).toPrecision(3)} ms (${list.join(", ")})`;
}
