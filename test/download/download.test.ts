import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { download, removeDownload } from "../../src/download/download.js";
import { startOf } from "../../src/io/processes.js";
import { temporaryFolder } from "../data/temporary-folder.js";
import { serveFile, type FileServer } from "./file-server.js";

const root = temporaryFolder();
const content = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 256);
const other = content.map((value) => 255 - value);
let number = 0;

interface Case {
  readonly server: FileServer;
  readonly path: string;
  readonly messages: string[];
  /** Downloads the file, or continues to. `stopAt`: ends it once so many bytes have arrived. */
  readonly get: (options?: { stopAt?: number; patience?: number }) => Promise<boolean>;
}

async function start(): Promise<Case> {
  const server = await serveFile(content);
  const path = join(root, String(number++), "file.download");
  const messages: string[] = [];
  return {
    server,
    path,
    messages,
    get: ({ stopAt = Number.POSITIVE_INFINITY, patience = 30_000 } = {}) => {
      const stop = new AbortController();
      return download(server.url, path, {
        signal: stop.signal,
        onProgress: ({ received, total }) => {
          expect(total).toBe(server.behaviour.sized ? server.behaviour.content.length : undefined);
          if (received >= stopAt) stop.abort();
        },
        onMessage: (text) => messages.push(text),
        advice: "Look elsewhere",
        patience,
      });
    },
  };
}

/** Whether the file has these bytes. `toEqual` takes a second for them. */
const has = (path: string, bytes: Uint8Array): boolean => readFileSync(path).equals(bytes);

test("a whole file arrives in one request, and is not requested again", async () => {
  const { server, path, messages, get } = await start();
  expect(await get()).toBe(true);
  expect(has(path, content)).toBe(true);
  expect(await get()).toBe(true);
  expect(server.requests).toEqual([""]);
  expect(messages).toEqual([]);
  removeDownload(path);
  expect([existsSync(path), existsSync(`${path}.json`)]).toEqual([false, false]);
});

test("a file of unknown length arrives", async () => {
  const { server, path, get } = await start();
  server.behaviour.sized = false;
  expect(await get()).toBe(true);
  expect(has(path, content)).toBe(true);
});

test("what was stopped is continued where it ended", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.stallAfter = 100_000;
  expect(await get({ stopAt: 1 })).toBe(false);
  const kept = statSync(path).size;
  expect(kept).toBeGreaterThan(0);
  server.behaviour.stallAfter = undefined;
  expect(await get()).toBe(true);
  expect(has(path, content)).toBe(true);
  expect(server.requests).toEqual(["", `bytes=${kept}-`]);
  expect(messages).toEqual([]);
});

test("a connection that is cut is made again", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.cutAfter = 120_000;
  expect(await get()).toBe(true);
  expect(has(path, content)).toBe(true);
  const [first, ...others] = server.requests.map((range) => Number(/\d+/.exec(range)?.[0] ?? 0));
  expect(first).toBe(0);
  expect(others.length).toBeGreaterThanOrEqual(2);
  for (const [index, from] of others.entries()) expect(from).toBeGreaterThan(others[index - 1] ?? 0);
  expect(messages).toHaveLength(others.length);
  for (const message of messages) expect(message).toMatch(/^Lost the connection \(.+\)\. Trying again\.$/);
});

test("a server that has too much to do costs nothing that was kept", async () => {
  const { server, path, get } = await start();
  server.behaviour.stallAfter = 100_000;
  await get({ stopAt: 1 });
  const kept = statSync(path).size;
  Object.assign(server.behaviour, { stallAfter: undefined, status: 503 });
  await expect(get()).rejects.toThrow(/got none \(503 Service Unavailable\)/);
  expect(statSync(path).size).toBe(kept);
});

test("a connection that is lost again and again ends with an error, and costs nothing that was kept", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.stallAfter = 100_000;
  await get({ stopAt: 1 });
  const kept = statSync(path).size;
  Object.assign(server.behaviour, { stallAfter: undefined, cutAfter: 0 });
  await expect(get({ patience: 1000 })).rejects.toThrow(/file\.zip: lost the connection 6 times \(.+\)\. 0\.\d+ MB are kept: start again later to continue\.$/);
  expect(messages).toHaveLength(5);
  expect(statSync(path).size).toBe(kept);
});

test("a connection without data is made again", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.stallAfter = 200_000;
  expect(await get({ patience: 1000 })).toBe(true);
  expect(has(path, content)).toBe(true);
  expect(messages).toEqual(["Lost the connection (no data for 1 s). Trying again."]);
});

test("a file that changed in between is not glued to the old one", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.stallAfter = 100_000;
  await get({ stopAt: 1 });
  Object.assign(server.behaviour, { content: other, etag: '"two"', stallAfter: undefined });
  expect(await get()).toBe(true);
  expect(has(path, other)).toBe(true);
  expect(messages).toEqual(["The file has changed on the server: the download starts again."]);
});

test("a server that ignores If-Range and has another length is noticed", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.stallAfter = 100_000;
  await get({ stopAt: 1 });
  // Its ETag stays the same, so that it answers with a part.
  Object.assign(server.behaviour, { content: other.subarray(0, 250_000), stallAfter: undefined });
  expect(await get()).toBe(true);
  expect(has(path, other.subarray(0, 250_000))).toBe(true);
  expect(messages[0]).toMatch(/^The file has changed/);
});

test("a shorter file than what was kept starts again", async () => {
  const { server, path, messages, get } = await start();
  server.behaviour.stallAfter = 200_000;
  await get({ stopAt: 150_000 });
  Object.assign(server.behaviour, { content: other.subarray(0, 1000), stallAfter: undefined });
  expect(await get()).toBe(true);
  expect(has(path, other.subarray(0, 1000))).toBe(true);
  expect(messages).toEqual(["The file has changed on the server: the download starts again."]);
});

test.each([["that sends no parts", { ranges: false }, 1], ["without ETag and date", { etag: undefined }, 0]] as const)("from a server %s, a stopped file starts again", async (_, behaviour, said) => {
  const { server, path, messages, get } = await start();
  Object.assign(server.behaviour, { ...behaviour, stallAfter: 100_000 });
  await get({ stopAt: 1 });
  server.behaviour.stallAfter = undefined;
  expect(await get()).toBe(true);
  expect(has(path, content)).toBe(true);
  expect(messages).toEqual(Array(said).fill("The server cannot continue a file: the download starts again."));
});

test("another address is another file", async () => {
  const { server, path, get } = await start();
  server.behaviour.stallAfter = 100_000;
  await get({ stopAt: 1 });
  const second = await serveFile(other);
  await download(second.url, path, { signal: new AbortController().signal, onProgress: () => {}, onMessage: () => {}, advice: "" });
  expect(second.requests).toEqual([""]);
  expect(has(path, other)).toBe(true);
});

test.each([404, 403, 410])("the answer %i is an error that says where else to look, at once", async (status) => {
  const { server, get } = await start();
  server.behaviour.status = status;
  await expect(get()).rejects.toThrow(new RegExp(`file\\.zip: expected a file to download, got ${status} .*\\. Look elsewhere\\.$`));
  expect(server.requests).toHaveLength(1);
});

test("no answer is an error at once", async () => {
  const options = { signal: new AbortController().signal, onProgress: () => {}, onMessage: () => {}, advice: "Look elsewhere" };
  const path = join(root, "refused", "file.download");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await expect(download(`http://127.0.0.1:${port}/file.zip`, path, options)).rejects.toThrow(/got none \(.*ECONNREFUSED.*\)\. Look at your connection, or try again later\. Look elsewhere\.$/);
});

test("a download that runs in another process is left alone", async () => {
  const { server, path, get } = await start();
  server.behaviour.stallAfter = 100_000;
  await get({ stopAt: 1 });
  const state: object = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  writeFileSync(`${path}.json`, JSON.stringify({ ...state, pid: process.ppid, started: startOf(process.ppid) }));
  await expect(get()).rejects.toThrow(new RegExp(`process ${process.ppid} is already downloading it`));
  // The number of a process that has ended, and is another's now.
  writeFileSync(`${path}.json`, JSON.stringify({ ...state, pid: process.ppid, started: "earlier" }));
  server.behaviour.stallAfter = undefined;
  expect(await get()).toBe(true);
});
