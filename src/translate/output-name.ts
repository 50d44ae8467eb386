/** Names of translations. */
import { extensionOf, outputFormatOf, type OutputFormat } from "../data/output-format.js";

/**
 * The name of a translation: the relative name with the extension of `format`, by default its own if that format can be
 * written, else `.png`. Beside `cat.png`, `cat.tiff` becomes `cat.tiff.png`.
 */
export function outputName(name: string, taken: Set<string>, format?: OutputFormat): string {
  const own = outputFormatOf(name);
  const wanted = format ?? own ?? "png";
  const replaced = `${name.slice(0, name.length - extensionOf(name).length)}.${wanted}`;
  let result = own === wanted ? name : replaced;
  while (taken.has(result.toLowerCase())) result = `${result === replaced ? name : result}.${wanted}`;
  taken.add(result.toLowerCase());
  return result;
}
