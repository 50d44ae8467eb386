/** A real browser with WebGPU, and the repository's files as pages for it. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { root } from "../package/installed.js";
import { findChromium } from "./chromium.js";

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
/** Without these arguments, Chromium has no WebGPU if there is no GPU. SwiftShader is part of Chromium. */
export const browserArguments = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--ignore-gpu-blocklist"];

export const executablePath = findChromium();
export const title = executablePath ? "in a browser" : "in a browser (skipped: no Chromium in PATH; CHROMIUM=<path> names one)";

/** Starts Chromium. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: browserArguments });
}

/** Serves the files of the repository, and an empty page at /. */
export const serveRoot = (): Promise<Server> => serveFolder(root);

/** Serves the files of a folder, and an empty page at /. */
export function serveFolder(folder: string): Promise<Server> {
  const server = createServer(({ url = "" }, response) => {
    try {
      const file = url === "/" ? "<!doctype html>" : readFileSync(join(folder, url));
      response.setHeader("content-type", types[extname(url) || ".html"] ?? "application/octet-stream").end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** The address of a file that is served. */
export function addressOf(server: Server, path: string): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
}
