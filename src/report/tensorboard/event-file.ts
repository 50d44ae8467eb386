/** Writes a run's numbers and samples as an event file for TensorBoard. */
import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { endOf, readLines, start } from "../../io/follow-lines.js";
import type { Place } from "../../io/follow-lines.js";
import { sampleName } from "../../run/sample-name.js";
import { summaryEvent, versionEvent } from "./event.js";
import type { SummaryValue } from "./event.js";
import { tfRecord } from "./tfrecord.js";

/** The event file of a training. */
export interface EventFile {
  /** Adds the new lines of log and metrics, and the sample grid of the step `sample` if given. */
  update(sample?: number): Promise<void>;
}

const notShown: ReadonlySet<string> = new Set(["step", "epoch", "totalSteps"]);

/** Width and height of a PNG: the first fields of its first chunk. */
function readImage(path: string): SummaryValue["image"] {
  const png = readFileSync(path);
  const header = new DataView(png.buffer, png.byteOffset);
  return { width: header.getUint32(16), height: header.getUint32(20), png };
}

/**
 * A new event file in `<run>/tensorboard`, created with its first event. It begins after the existing lines of the log, which
 * are in an earlier event file if the run was resumed.
 */
export function openEventFile(run: string): EventFile {
  const folder = join(run, "tensorboard");
  const sources = [
    { path: join(run, "log.jsonl"), prefix: "train" },
    { path: join(run, "metrics.jsonl"), prefix: "held-out" },
  ];
  const places = new Map<string, Place>(sources.map(({ path }) => [path, endOf(path)]));
  let file: string | undefined;
  const append = (step: number, values: readonly SummaryValue[]): void => {
    const time = Date.now() / 1000;
    if (file === undefined) {
      mkdirSync(folder, { recursive: true });
      file = join(folder, `events.out.tfevents.${Math.floor(time)}.${hostname()}.${process.pid}`);
    }
    if (!statSync(file, { throwIfNoEntry: false })) appendFileSync(file, tfRecord(versionEvent(time)));
    appendFileSync(file, tfRecord(summaryEvent(time, step, values)));
  };
  return {
    async update(sample) {
      for (const { path, prefix } of sources) {
        const { lines, place } = await readLines(path, places.get(path) ?? start);
        places.set(path, place);
        for (const { step, ...line } of lines) {
          const values = Object.entries(line).flatMap(([key, scalar]) =>
            typeof scalar === "number" && !notShown.has(key) ? [{ tag: `${prefix}/${key}`, scalar }] : [],
          );
          if (typeof step === "number") append(step, values);
        }
      }
      if (sample === undefined) return;
      const image = readImage(join(run, "samples", sampleName(sample)));
      if (image) append(sample, [{ tag: "samples", image }]);
    },
  };
}
