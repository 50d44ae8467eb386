/** What bench/pytorch_step.py measured. */
export interface PytorchReport {
  readonly device: string;
  readonly torch: string;
  readonly rows: readonly {
    readonly name: string;
    readonly precision: string;
    readonly milliseconds: number;
  }[];
}

/** What `npm run bench` measured, as far as it is compared. */
export interface BenchReport {
  readonly adapter: { readonly name: string };
  readonly kernels: readonly { readonly name: string; readonly milliseconds: number }[];
  readonly steps: readonly { readonly name: string; readonly milliseconds: number }[];
}

/** PyTorch's time in the faster of its two orders of axes; undefined when it was not measured. */
function fastest(report: PytorchReport, name: string, precision: string): number | undefined {
  const times = report.rows.filter((row) => row.name === name && row.precision === precision);
  return times.length === 0 ? undefined : Math.min(...times.map(({ milliseconds }) => milliseconds));
}

/**
 * A table of the work that both measured: ours in float32, PyTorch's in each precision, in ms, and how many times as
 * long as PyTorch's each of ours takes.
 */
export function againstPytorch(ours: BenchReport, theirs: PytorchReport): string[] {
  const precisions = [...new Set(theirs.rows.map(({ precision }) => precision))];
  const cells = [...ours.steps, ...ours.kernels].flatMap(({ name, milliseconds }) => {
    const times = precisions.map((precision) => fastest(theirs, name, precision));
    if (times.every((time) => time === undefined)) return [];
    const text = (time?: number): string =>
      time === undefined ? "" : `${time.toFixed(3)} (${(milliseconds / time).toFixed(2)}×)`;
    return [[name, milliseconds.toFixed(3), ...times.map(text)]];
  });
  const head = ["work, ms (ours over it)", "ours, float32", ...precisions.map((precision) => `PyTorch ${precision}`)];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => {
    const padded = row.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)));
    return padded.join("  ").trimEnd();
  };
  const title = `ours on ${ours.adapter.name}; PyTorch ${theirs.torch} on ${theirs.device}, the faster order of axes`;
  return [title, line(head), ...cells.map(line)];
}
