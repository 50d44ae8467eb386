import type { KernelFigures, KernelRow } from "./rows.js";

/** How the kernels of one device differ from the table. */
export interface Differences {
  /** Sentences on hot kernels that got worse or are not in the table. */
  readonly worse: readonly string[];
  /** Names of the kernels that differ from the table's, are new, or no longer exist. */
  readonly changed: readonly string[];
}

interface Figure {
  readonly title: string;
  readonly of: (kernel: KernelFigures) => number | undefined;
  readonly better: "less" | "more";
}

const CHECKED: readonly Figure[] = [
  { title: "spills", of: ({ spills }) => spills, better: "less" },
  { title: "bytes of scratch", of: ({ scratchBytes }) => scratchBytes, better: "less" },
  { title: "early waits", of: ({ round }) => round?.earlyWaits, better: "less" },
  { title: "registers", of: ({ registers }) => registers, better: "less" },
  { title: "waves", of: ({ waves }) => waves, better: "more" },
  { title: "FMA share of vector instructions, %", of: ({ round }) => round?.vectorShare, better: "more" },
  { title: "FMA share of all instructions, %", of: ({ round }) => round?.share, better: "more" },
];

function worseFigures(old: KernelFigures, now: KernelFigures): string[] {
  return CHECKED.flatMap(({ title, of, better }) => {
    const [before, after] = [of(old), of(now)];
    // A missing count is as good as 0. A missing share is worse than any.
    const absent = better === "less" ? 0 : -1;
    const gain = (before ?? absent) - (after ?? absent);
    if (better === "less" ? gain >= 0 : gain <= 0) return [];
    return [`${title} ${before ?? "–"} → ${after ?? "–"}`];
  });
}

/** Compares the kernels of one device with those in the table. */
export function compareDevice(old: Readonly<Record<string, KernelFigures>>, rows: readonly KernelRow[]): Differences {
  const worse: string[] = [];
  const changed = Object.keys(old).filter((name) => !rows.some((row) => row.name === name));
  for (const { name, isHot, figures } of rows) {
    const before = old[name];
    if (JSON.stringify(before) !== JSON.stringify(figures)) changed.push(name);
    if (!isHot) continue;
    if (!before) worse.push(`${name}: hot, but not in the table`);
    else worse.push(...worseFigures(before, figures).map((text) => `${name}: ${text}`));
  }
  return { worse, changed };
}

/** Lists hot kernels that spill, use scratch memory or wait early, even if the table has the same figures. */
export function faultsOf(rows: readonly KernelRow[]): string[] {
  return rows.flatMap(({ name, isHot, figures: { spills, scratchBytes, round } }) => {
    const faults = [`spills ${spills}`, `bytes of scratch ${scratchBytes}`, `early waits ${round?.earlyWaits ?? 0}`];
    const found = faults.filter((text) => !text.endsWith(" 0"));
    return isHot && found.length > 0 ? [`${name}: ${found.join(", ")}`] : [];
  });
}
