/** The studio, and a browser that opens it. */
import { chromium, type Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { serveStudio } from "../../src/report/serve/studio-server.js";
import { browserArguments, executablePath } from "./browser.js";

export interface StudioInBrowser {
  /** The address of the studio. */
  readonly url: string;
  readonly browser: Browser;
}

/** Serves the studio and starts Chromium for the tests of the surrounding block. After each of them, its pages are closed. */
export function useStudio(args: readonly string[] = browserArguments): StudioInBrowser {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof serveStudio>>;
  beforeAll(async () => {
    studio = await serveStudio({ host: "127.0.0.1", port: 0 });
    browser = await chromium.launch({ executablePath: executablePath!, args: [...args] });
  }, 60_000);
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser.close();
    await studio.close();
  });
  return {
    get url() {
      return studio.url;
    },
    get browser() {
      return browser;
    },
  };
}
