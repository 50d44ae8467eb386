import { UsageError } from "../errors.js";
import { trainOptions } from "./config.js";
import { nearest } from "./nearest.js";

/** Throws a UsageError, which begins with `where`, for a name that no setting of a training has. */
export function checkSettingNames(settings: Readonly<Record<string, unknown>>, where: string): void {
  const names = Object.keys(trainOptions);
  const unknown = Object.keys(settings).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const like = nearest(unknown, names);
  throw new UsageError(
    `${where}: expected settings of a training, got the unknown "${unknown}".` +
      (like === undefined ? " Settings are named as in a run's config.json." : ` Did you mean "${like}"?`),
  );
}
