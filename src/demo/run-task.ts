/** Measures a task that was trained, on its held-out images. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { presentationOf } from "../report/presentation.js";
import { writeReport } from "../report/report.js";
import { writeTranslations, type TranslationSet } from "../report/translations.js";
import { modelOf, translatorOf, type TrainConfig } from "../run/options.js";
import { translate } from "../translate/translate.js";
import { compareHeldOut, heldOutFolders, prepareHeldOut, translationFolders, writeHeldOutGrid } from "./held-out.js";
import { measureSamples } from "./samples.js";
import type { DemoTask, HeldOut, TaskHooks } from "./task.js";

/** What a task's training came to. */
export interface TaskResult {
  readonly sets: readonly TranslationSet[];
  /** What the task measures besides distances, in lines. */
  readonly figures: readonly string[];
  /** Path of a picture of held-out images and their translations, or of samples. */
  readonly picture: string;
}

/**
 * Translates the held-out images in every direction that the model has, and writes the comparison into the run and its page. If the
 * model makes images from noise, measures samples.
 */
export async function measureTask(
  task: DemoTask,
  config: TrainConfig,
  run: string,
  heldOut: readonly HeldOut[],
  hooks: TaskHooks,
): Promise<TaskResult> {
  const { onProgress, onMessage } = hooks;
  const definition = modelOf(config);
  if (definition.sampler !== undefined) return { sets: [], ...(await measureSamples(config, run, heldOut, hooks)) };
  const { dataroot, cropSize } = config;
  await prepareHeldOut(dataroot, run, heldOut, cropSize);
  const sets: TranslationSet[] = [];
  for (const direction of ["AtoB", "BtoA"] as const) {
    const folders = translationFolders(run, direction);
    // A task may hold images out of only one domain.
    if (translatorOf(config, direction) === undefined || !existsSync(folders.input)) continue;
    const request = { model: run, direction, ...folders, adapter: config.adapter };
    await translate(request, {
      onProgress: ({ done, total }) => onProgress(`Translating held-out images ${direction}: ${done}/${total}`),
      onMessage,
    });
    const compared = await compareHeldOut(run, direction, task.domains, heldOut);
    sets.push(task.outlook === undefined ? compared : { ...compared, note: task.outlook });
  }
  writeTranslations(run, sets);
  await writeReport(run, presentationOf(definition, config));
  const picture = join(run, "translations.png");
  await writeHeldOutGrid(picture, run, sets);
  const figures = (await task.measure?.({ config, run, ...heldOutFolders(run), heldOut })) ?? [];
  return { sets, figures, picture };
}
