/** How this program recognises its own pages, which it may replace. */
import { readFileSync, statSync } from "node:fs";

/** What a page of this program contains and another does not. */
export const pageMark = '<meta name="generator" content="cyclegan-webgpu">';

/** Whether the file at a path is a page of this program. Throws if there is nothing. */
export function isOwnPage(path: string): boolean {
  return statSync(path).isFile() && readFileSync(path, "utf8").includes(pageMark);
}
