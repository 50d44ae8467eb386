/** What a browser tells of the machine that it runs on. */
import type { BrowserMachine } from "../../bench/report.js";

/** The first that is found counts, because most browsers also name those that they resemble. */
const browsers: readonly (readonly [name: string, version: RegExp])[] = [
  ["Edge", /Edg\w*\/(\d+)/],
  ["Opera", /OPR\/(\d+)/],
  ["Samsung Internet", /SamsungBrowser\/(\d+)/],
  ["Firefox", /Firefox\/(\d+)/],
  ["Chrome", /Chrome\/(\d+)/],
  ["Safari", /Version\/(\d+).* Safari/],
];

const platforms: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Android", /Android/],
  ["iOS", /iPhone|iPad/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X/],
  ["ChromeOS", /CrOS/],
  ["Linux", /Linux/],
];

/** The name and the version of the browser and the name of the system, without what would tell one user from another. */
export function browserMachine({ userAgent, hardwareConcurrency }: Pick<Navigator, "userAgent" | "hardwareConcurrency">): BrowserMachine {
  const found = browsers.map(([name, version]) => [name, version.exec(userAgent)?.[1]] as const).find(([, version]) => version !== undefined);
  const platform = platforms.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? "unknown";
  return { platform, browser: found ? found.join(" ") : "unknown", cores: hardwareConcurrency };
}
