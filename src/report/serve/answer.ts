/** Answers to the requests for a served page: the page, its data, its images and downloads. */
import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { emptySeries } from "../series.js";
import { partNames } from "../page-data.js";
import type { PageData } from "../page-data.js";
import { reportPage, servedPolicy } from "../page.js";
import type { Presentation } from "../presentation.js";
import { readRun } from "../read-run.js";
import type { RunData } from "../read-run.js";
import type { Cursors, RunReader } from "../run-reader.js";
import { findFile } from "./run-files.js";
import type { ServedFile } from "./served-file.js";

/** The run whose page is served. */
export interface Served {
  readonly name: string;
  readonly presentation: Presentation;
  /** Undefined until the training has created its folder. */
  readonly run: { readonly folder: string; readonly reader: RunReader } | undefined;
  readonly ended: boolean;
}

const nothingYet: PageData = {
  document: "",
  ended: false,
  log: { cursor: "0-", all: emptySeries(), more: [] },
  metrics: { cursor: "0-", all: emptySeries(), more: [] },
  events: { cursor: "0-", all: [], more: [] },
  samples: { cursor: "0-0", all: [], more: [] },
};

const headersWith = (policy: string): Readonly<Record<string, string>> => ({
  "Content-Security-Policy": policy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
});

/** Sends a text and ends the response. */
export function answerText(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    ...headersWith(servedPolicy),
    "Cache-Control": "no-store",
    "Content-Length": body.length,
    "Content-Type": `${type}; charset=utf-8`,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

async function pageOf({ name, presentation, run, ended }: Served): Promise<string> {
  const read: RunData = run
    ? await readRun(run.folder, run.reader)
    : { name, settings: {}, translations: [], downloads: [], data: nothingYet };
  return reportPage({ ...read, data: { ...read.data, ended } }, presentation, true);
}

async function dataOf({ run, ended }: Served, query: URLSearchParams): Promise<string> {
  const cursors: Cursors = Object.fromEntries(partNames.flatMap((name) => {
    const cursor = query.get(name);
    return cursor === null ? [] : [[name, cursor]];
  }));
  const data = run ? await run.reader.read(cursors) : nothingYet;
  return JSON.stringify({ ...data, ended });
}

/** Sends a file, under a policy for pages, or says that there is none. */
export async function answerFile(request: IncomingMessage, response: ServerResponse, file: ServedFile | undefined, policy: string): Promise<void> {
  if (!file) return answerText(response, 404, "text/plain", "No such file.\n");
  const validators = { ...headersWith(policy), "Cache-Control": "no-cache", ETag: file.tag };
  if (request.headers["if-none-match"] === file.tag) {
    response.writeHead(304, validators).end();
    return;
  }
  response.writeHead(200, { ...validators, "Content-Type": file.type, "Content-Length": file.bytes });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(file.path), response);
}

/** The path of a request, decoded part by part; undefined if it is malformed. */
export function nameOf(pathname: string): string | undefined {
  if (!pathname.startsWith("/")) return undefined;
  try {
    const parts = pathname.slice(1).split("/").map(decodeURIComponent);
    return parts.some((part) => part.includes("/")) ? undefined : parts.join("/");
  } catch {
    return undefined;
  }
}

/** The path and the query of a request's target. The URL class would resolve "..", but such paths must not be found. */
export function splitTarget(target = ""): readonly [path: string, query: string] {
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  return [path, query];
}

/** Answers one request with the page, its data or one of its files. Nothing else on the machine can be read. */
export async function answer(request: IncomingMessage, response: ServerResponse, served: Served, target = request.url): Promise<void> {
  const [pathname, query] = splitTarget(target);
  const name = nameOf(pathname);
  if (name === "" || name === "index.html") return answerText(response, 200, "text/html", await pageOf(served));
  if (name === "data") return answerText(response, 200, "application/json", await dataOf(served, new URLSearchParams(query)));
  if (name === undefined || !served.run) return answerText(response, 404, "text/plain", "No such file.\n");
  return answerFile(request, response, await findFile(served.run.folder, name), servedPolicy);
}
