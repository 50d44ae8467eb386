/** Names of translations. */
import { defaultFormat, extensionOf, holdsChannels, outputFormatOf, type OutputFormat } from "../data/output-format.js";

/**
 * The name of a translation: the relative name with the extension of `format`, by default its own if that format can be
 * written and holds the channels, else that of the default. Beside `cat.png`, `cat.bmp` becomes `cat.bmp.png`.
 */
export function outputName(name: string, taken: Set<string>, channels: number, format?: OutputFormat): string {
  const own = outputFormatOf(name);
  const wanted = format ?? (own && holdsChannels(own, channels) ? own : defaultFormat(channels));
  const replaced = `${name.slice(0, name.length - extensionOf(name).length)}.${wanted}`;
  let result = own === wanted ? name : replaced;
  while (taken.has(result.toLowerCase())) result = `${result === replaced ? name : result}.${wanted}`;
  taken.add(result.toLowerCase());
  return result;
}
