/** `cyclegan bench`. */
import { Command } from "commander";

const examples = `
Examples:
  cyclegan bench                                       everything; takes about a minute on a GPU, two without
  cyclegan bench --adapter 1 --json second-card.json   another adapter that doctor lists, into a file of this name
  cyclegan bench --quick                               only the smallest sizes, in a quarter of the time
  cyclegan bench --filter "training step"              only benchmarks with this in their name

Checks the convolutions and norms of the residual blocks against float64, then times all their passes. Then times training
steps of three sizes, which are smaller on a CPU adapter. A step that would take too long here is left out, and the output
says so. Close other programs first. You can post the JSON file: besides the figures it names adapter, driver, processor and
versions, but neither you nor your machine.`;

interface Values {
  readonly adapter: string;
  readonly filter: string;
  readonly json?: string;
  readonly overwrite: boolean;
  readonly quick: boolean;
}

export function benchCommand(): Command {
  const command = new Command("bench")
    .description("time kernels and training steps on this device, and write a file that you can post")
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .option("--quick", "only the smallest sizes", false)
    .option("--filter <text>", "only benchmarks with this in their name", "")
    .option("--json <file>", "the file to write (default: cyclegan-bench-<adapter>.json in this folder)")
    .option("--overwrite", "replace an existing file", false)
    .addHelpText("after", examples);
  return command.action(() => bench(command.opts<Values>()));
}

async function bench({ adapter, filter, json, overwrite, quick }: Values): Promise<void> {
  const { checkReportFile, reportFileName, writeReport } = await import("../bench/report-file.js");
  if (json !== undefined) checkReportFile(json, overwrite);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(adapter);
  const { runBench } = await import("../bench/run-bench.js");
  const { createTimingLine } = await import("./terminal/timing-line.js");
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
  console.log(`\nWrote ${file}.`);
}
