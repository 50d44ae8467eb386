/** The settings in which runs differ. */
import type { Settings } from "../../models/model.js";

/** Settings that say where a run is, not what it is. */
const places: ReadonlySet<string> = new Set(["name", "runsDir", "overwrite"]);

/** The names of the settings whose values are not the same in all runs, in the order in which runs have them. */
export function differingSettings(all: readonly Settings[]): readonly string[] {
  const names = [...new Set(all.flatMap((settings) => Object.keys(settings)))];
  const isShared = (name: string): boolean => new Set(all.map((settings) => JSON.stringify(settings[name]))).size === 1;
  return names.filter((name) => !places.has(name) && !isShared(name));
}
