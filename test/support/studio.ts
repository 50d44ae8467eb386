/** The studio, and a browser that opens it. */
import { gzipSync } from "node:zlib";
import { chromium, type Browser, type Page, type Response } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { serveStudio, studioFolders } from "../../src/report/serve/studio-server.js";
import { browserArguments, executablePath } from "./browser.js";

/** How a page of the studio is opened. */
export interface OpenOptions {
  /** The width of the window in pixels; default 1100. */
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly permissions?: string[];
  /** A script that runs before those of the page. */
  readonly script?: string;
  /** Is called before the page is opened, such as for routes. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** A page of the studio. */
export interface OpenedPage {
  readonly page: Page;
  /** Console errors, exceptions, and requests to other servers. */
  readonly problems: string[];
  /** The studio's answers so far. */
  readonly answers: Response[];
}

export interface StudioInBrowser {
  /** The address of the studio. */
  readonly url: string;
  readonly browser: Browser;
  /** Opens a page of the studio, by the path of its file, and waits for its heading. It shares no storage with other pages. */
  open(path: string, options?: OpenOptions): Promise<OpenedPage>;
}

/**
 * Serves the studio and starts Chromium for the tests of the surrounding block. After each of them, its pages are closed. `pages`: the
 * folder of another build.
 */
export function useStudio(args: readonly string[] = browserArguments, pages = studioFolders.pages): StudioInBrowser {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof serveStudio>>;
  beforeAll(async () => {
    studio = await serveStudio({ host: "127.0.0.1", port: 0 }, { ...studioFolders, pages });
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
    async open(path, { width = 1100, colorScheme = "light", permissions = [], script = "", prepare } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, permissions });
      const page = await context.newPage();
      const problems: string[] = [];
      const answers: Response[] = [];
      const isOurs = (address: string): boolean => address.startsWith(studio.url);
      page.on("pageerror", ({ message }) => problems.push(message));
      page.on("console", (message) => void (message.type() === "error" && problems.push(message.text())));
      page.on("request", (request) => void (/^(blob:|data:)/.test(request.url()) || isOurs(request.url()) || problems.push(request.url())));
      page.on("response", (response) => void (isOurs(response.url()) && answers.push(response)));
      await page.addInitScript(script);
      await prepare?.(page);
      await page.goto(studio.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      return { page, problems, answers };
    },
  };
}

/** Adds code in front of a script of the studio, such as that of a worker. */
export async function putBefore(page: Page, name: string, code: string): Promise<void> {
  await page.route(`**/${name}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code}\n${await response.text()}` });
  });
}

/** The paths of answers. */
export function pathsOf(answers: readonly Response[]): string[] {
  return answers.map((answer) => new URL(answer.url()).pathname);
}

/** The size of answers in bytes, compressed as servers do. */
export async function compressedBytes(answers: readonly Response[]): Promise<number> {
  const bodies = await Promise.all(answers.map((answer) => answer.body()));
  return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
}
