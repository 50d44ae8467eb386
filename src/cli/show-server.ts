/** What commands that serve a page do once it is served: print its address, open it, wait for Ctrl-C. */
import { Option } from "commander";
import { env } from "../env.js";
import type { PageServer } from "../report/serve/page-server.js";
import type { ServeValues } from "./arguments/serve-options.js";
import { interruptible } from "./terminal/interrupt.js";

/** The values of the options of these commands. */
export interface ShowValues extends ServeValues {
  readonly open: "auto" | "yes" | "no";
}

/** `--open`. */
export function openOption(): Option {
  const open = new Option("--open <when>", "open the page in a browser; auto: if there is a desktop");
  return open.choices(["auto", "yes", "no"]).default("auto");
}

/** Prints the address of a page, opens it in a browser if `open` says so, and closes the server after Ctrl-C. */
export async function showServer({ url, close }: Pick<PageServer, "url" | "close">, what: string, open: ShowValues["open"]): Promise<void> {
  process.stdout.write(`${url}\n`);
  process.stderr.write(`Serving ${what}. Ctrl-C stops it.\n`);
  if (open === "yes" || (open === "auto" && process.stdout.isTTY && env.desktop)) {
    const { default: openBrowser } = await import("open");
    await openBrowser(url).catch(() => process.stderr.write("No browser could be opened.\n"));
  }
  const interrupted = (signal: AbortSignal): Promise<void> =>
    new Promise((done) => {
      signal.addEventListener("abort", () => done());
    });
  await interruptible(interrupted, () => {});
  await close();
}
