/** Translates images with a status line, and prints how many there were. */
import { formatDuration, formatNumber } from "../format.js";
import type { TranslateOptions } from "../translate/plan.js";
import type { TranslateResult } from "../translate/translate.js";
import type { TranslateProgress } from "../translate/translation.js";
import { interruptible } from "./terminal/interrupt.js";

/** The result; the exit code is set if it was interrupted, or if a translation could not be written. */
export async function reportTranslation(options: TranslateOptions): Promise<TranslateResult> {
  const { translate } = await import("../translate/translate.js");
  const { createStatusLine } = await import("./terminal/status-line.js");
  const line = createStatusLine();
  line.message("Preparing the device and the model.");
  const work = (signal: AbortSignal): Promise<TranslateResult> =>
    translate(options, {
      signal,
      onProgress: (progress) => line.show(() => formatTranslateProgress(progress)),
      onMessage: (text) => line.message(text),
    });
  const { result, exitCode } = await interruptible(work, () => line.message("Finishing the current image or tile.")).finally(() =>
    line.done(),
  );
  const { written, skipped, failed, finished, seconds } = result;
  const notWritten = failed > 0 ? `, ${failed} not written` : "";
  const before = finished > 0 ? `, ${finished} finished before` : "";
  process.stderr.write(`Images: ${written} translated, ${skipped} skipped${notWritten}${before}, in ${formatDuration(seconds)}.\n`);
  if (failed > 0) process.exitCode = 1;
  if (result.interrupted) process.exitCode = exitCode;
  return result;
}

function formatTranslateProgress({ done, total, imagesPerSecond, tiles }: TranslateProgress): string {
  const parts = [`${done}/${total} images`];
  if (tiles) parts.push(`tile ${tiles.done}/${tiles.total}`);
  if (imagesPerSecond) parts.push(`${formatNumber(imagesPerSecond)} images/s`);
  const left = imagesPerSecond ? (total - done) / imagesPerSecond : total === 1 ? tiles?.secondsLeft : undefined;
  if (left !== undefined) parts.push(`${formatDuration(left)} left`);
  return parts.join("  ");
}
