import { findProgram } from "./program.js";

/** Returns the path of Chromium: the variable CHROMIUM or, by default, the first one in PATH. Undefined if there is none. */
export function findChromium(): string | undefined {
  return process.env["CHROMIUM"] || findProgram("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
}
