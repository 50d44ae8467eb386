/** The newest samples of several runs in one grid: the inputs, and what each run makes of them. */
import { cropImage } from "../../data/crop.js";
import { decodeImage } from "../../data/decode.js";
import type { Image } from "../../data/image.js";
import { DataError } from "../../errors.js";
import { imageGrid, sampleGap } from "../image-grid.js";
import type { ComparedRun } from "./compared-run.js";

/** The first two columns of a run's newest sample grid: inputs, which a model that makes images from noise has not, and outputs. */
interface Columns {
  readonly heading: string;
  readonly inputs?: Image;
  readonly outputs: Image;
}

/** A grid of runs that were shown the same inputs. */
export interface ComparedSamples {
  /** Over the columns: the inputs, if there are any, then the runs. */
  readonly headings: readonly string[];
  readonly grid: Image;
}

/** Undefined if the run has no samples. */
async function columnsOf({ name, sample, presentation: { rows } }: ComparedRun): Promise<Columns | undefined> {
  if (sample === undefined) return undefined;
  const heading = `${name}, step ${sample.step}`;
  const grid = await decodeImage(sample.path, 3);
  const count = Math.max(...rows.map(({ visuals }) => visuals.length));
  const width = (grid.width - (count - 1) * sampleGap) / count;
  if (count < 2 || !Number.isInteger(width)) return { heading, outputs: grid };
  const column = (index: number): Image => cropImage(grid, { left: index * (width + sampleGap), top: 0, width, height: grid.height });
  return { heading, inputs: column(0), outputs: column(1) };
}

function areSame(a: Image | undefined, b: Image | undefined): boolean {
  if (!a || !b) return false;
  return a.width === b.width && a.height === b.height && a.data.every((value, index) => value === b.data[index]);
}

/**
 * The grids of all runs with samples. Runs whose inputs differ in a pixel stand in grids of their own. `onMessage`: receives a sentence
 * about each sample that cannot be read, which is left out.
 */
export async function comparedSamples(runs: readonly ComparedRun[], onMessage: (text: string) => void): Promise<readonly ComparedSamples[]> {
  const groups: Columns[][] = [];
  for (const run of runs) {
    const columns = await columnsOf(run).catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      onMessage(`Left out: ${error.message}`);
    });
    if (!columns) continue;
    const group = groups.find(([first]) => areSame(first?.inputs, columns.inputs));
    if (group) group.push(columns);
    else groups.push([columns]);
  }
  return groups.map((group) => {
    const inputs = group[0]?.inputs;
    return {
      headings: [...(inputs ? ["input"] : []), ...group.map(({ heading }) => heading)],
      grid: imageGrid([[...(inputs ? [inputs] : []), ...group.map(({ outputs }) => outputs)]], 1),
    };
  });
}
