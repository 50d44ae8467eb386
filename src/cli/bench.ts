import { Command } from "commander";

const examples = `
Examples:
  cyclegan bench                                       everything, in about a minute on a GPU, two without
  cyclegan bench --adapter 1 --json second-card.json   another of doctor's adapters, into a file of this name
  cyclegan bench --quick                               only the smallest sizes, in a quarter of the time
  cyclegan bench --filter "training step"              only what has this in its name

Times the residual blocks' convolutions in all three passes and their norms in both, after checking each against float64.
Then times training steps of three sizes, smaller ones where the adapter is a processor. A step that would take too long
here is left out, and the output names it. Close other programs first. The JSON file is made to be posted: besides the
figures it names adapter, driver, processor and versions, but neither you nor this machine.`;

interface Values {
  readonly adapter: string;
  readonly filter: string;
  readonly json?: string;
  readonly overwrite: boolean;
  readonly quick: boolean;
}

/** `cyclegan bench`. */
export function benchCommand(): Command {
  const command = new Command("bench")
    .description("time kernels and training steps on this device, and write the figures into a file to post")
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .option("--quick", "only the smallest sizes", false)
    .option("--filter <text>", "only what has this in its name", "")
    .option("--json <file>", "the file to write (default: cyclegan-bench-<adapter>.json in this folder)")
    .option("--overwrite", "replace a file that is there", false)
    .addHelpText("after", examples);
  return command.action(() => bench(command.opts<Values>()));
}

async function bench({ adapter, filter, json, overwrite, quick }: Values): Promise<void> {
  const { checkReportFile, reportFileName, writeReport } = await import("../bench/report-file.js");
  if (json !== undefined) checkReportFile(json, overwrite);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(adapter);
  const { runBench } = await import("../bench/run-bench.js");
  const { createTimingLine } = await import("./timing-line.js");
  let file = json ?? "";
  const report = await runBench({
    adapter,
    filter,
    quick,
    saying: createTimingLine(),
    onDevice(gpu) {
      file = json ?? reportFileName(gpu);
      checkReportFile(file, overwrite);
    },
  });
  writeReport(file, report);
  console.log(`\n${file}: written, to post or to keep`);
}
