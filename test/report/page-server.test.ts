import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namesLoopback, urlOf } from "../../src/report/serve/listen.js";
import { servePage } from "../../src/report/serve/page-server.js";
import type { PageServer } from "../../src/report/serve/page-server.js";
import { makeRun, presentation, scratchFolder } from "./make-run.js";

const parent = scratchFolder();
const run = join(parent, "<b>run");
let server: PageServer;
beforeAll(async () => {
  makeRun(run, 3);
  mkdirSync(join(run, "test"));
  writeFileSync(join(parent, "secret.png"), "secret");
  mkdirSync(join(run, "checkpoints"));
  for (const name of ["latest_net_G_A.safetensors", "state.bin"]) writeFileSync(join(run, "checkpoints", name), "weights");
  symlinkSync(join(parent, "secret.png"), join(run, "checkpoints", "best_net_G_A.safetensors"));
  writeFileSync(join(run, "run.json"), "{}");
  writeFileSync(join(run, "test", "a#1.png"), "shown");
  writeFileSync(join(run, "test", "other.png"), "not shown");
  symlinkSync(join(parent, "secret.png"), join(run, "samples", "step-000099.png"));
  const row = { name: "a", real: "test/a#1.png", fake: "../secret.png", truth: "config.json" };
  const distances = { untranslated: 1, translated: 1 };
  const set = { direction: "AtoB", from: "A", to: "B", distances, rows: [row] };
  writeFileSync(join(run, "translations.json"), JSON.stringify([set]));
  server = await servePage({ presentation, run, host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is: `fetch` would tidy the path up first. */
function ask(path: string, { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("serves the page with a policy that allows its own script alone, and escapes every name", async () => {
  const { status, headers, body } = await ask("/");
  expect(status).toBe(200);
  expect(headers["content-security-policy"]).toMatch(/default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/);
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(body).toContain("<h1>&lt;b&gt;run</h1>");
  expect(body).not.toContain("<script>alert(1)");
  expect(body.match(/<script/g)).toHaveLength(3);
});

test("serves images of the page, and says when they are unchanged", async () => {
  const { status, headers } = await ask("/samples/step-000010.png?1");
  expect([status, headers["content-type"]]).toEqual([200, "image/png"]);
  expect((await ask("/samples/step-000010.png", { headers: { "if-none-match": headers.etag! } })).status).toBe(304);
  expect((await ask("/test/a%231.png")).body).toBe("shown");
  expect((await ask("/samples/step-000010.png", { method: "HEAD" })).body).toBe("");
});

test("offers settings, logs and newest weights, whole, and links to those there are", async () => {
  expect((await ask("/config.json")).body).toBe(readFileSync(join(run, "config.json"), "utf8"));
  const { status, headers, body } = await ask("/checkpoints/latest_net_G_A.safetensors");
  expect([status, headers["content-type"], body]).toEqual([200, "application/octet-stream", "weights"]);
  const links = [...(await ask("/")).body.matchAll(/<a href="([^"]+)" download>/g)].map(([, link]) => link);
  expect(links).toEqual(["config.json", "log.jsonl", "checkpoints/latest_net_G_A.safetensors"]);
});

test.each([
  "/run.json",
  "/metrics.jsonl",
  "/checkpoints/state.bin",
  "/checkpoints/best_net_G_A.safetensors",
  "/checkpoints/../secret.png",
  "/test/other.png",
  "/samples/step-000099.png",
  "/samples/",
  "/samples",
  "/../secret.png",
  "/%2e%2e/secret.png",
  "/..%2fsecret.png",
  "/samples/..%5c..%5csecret.png",
  "/samples/../../secret.png",
  "/samples/step-000010.png%00",
  "/%zz",
  "//secret.png",
  "*",
])("%s is not served", async (path) => {
  const { status, body } = await ask(path);
  expect(status).toBe(404);
  expect(body).not.toContain("secret");
});

test("a connection that sends a thousand requests at once gets the first 64 answered", async () => {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (data: Buffer) => (text += data.toString("latin1")));
  socket.end("GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000));
  await new Promise((done) => socket.once("close", done));
  expect(text.match(/^HTTP\/1\.1 404 /gm)).toHaveLength(64);
});

test("changes nothing on request", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) expect((await ask("/", { method })).status).toBe(405);
});

test("a name that only leads to this machine is turned away", async () => {
  for (const host of ["evil.example", "evil.example:8097", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]"]) {
    expect((await ask("/data", { headers: { host } })).status).toBe(403);
  }
  for (const host of ["localhost:1", "127.0.0.1", "[::1]:8097", "LOCALHOST"]) expect(namesLoopback(host)).toBe(true);
  for (const host of [undefined, "", "localhost:"]) expect(namesLoopback(host)).toBe(false);
});

test("on an address of the network every name is answered", async () => {
  const open = await servePage({ presentation, run, host: "0.0.0.0", port: 0 });
  const { port } = new URL(open.url);
  const status = await new Promise((resolve) => {
    request({ port, host: "127.0.0.1", headers: { host: "trainer.lan" }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(200);
  await open.close();
});

test("a taken port is named when it was asked for; without one the next is taken", async () => {
  const port = Number(new URL(server.url).port);
  await expect(servePage({ presentation, run, host: "127.0.0.1", port })).rejects.toThrow(`--port: expected a free port, got ${port}`);
  const [first, second] = [await servePage({ presentation, run, host: "127.0.0.1" }), await servePage({ presentation, run, host: "127.0.0.1" })];
  expect(first.url).not.toBe(second.url);
  await Promise.all([first.close(), second.close()]);
  await expect(servePage({ presentation, run, host: "192.0.2.1" })).rejects.toThrow("--host: expected an address of this machine");
  expect(urlOf("::", 80)).toBe("http://[::1]:80/");
});

test("before its training has made the folder, nothing of an older run is shown", async () => {
  const waiting = await servePage({ presentation, run, host: "127.0.0.1", port: 0, waits: true });
  const page = async (): Promise<string> => (await fetch(waiting.url)).text();
  expect(await page()).toContain('"document":""');
  expect((await fetch(`${waiting.url}samples/step-000010.png`)).status).toBe(404);
  waiting.show();
  expect(await page()).toContain('"samples":{"cursor":"3-99","all":[10,30,99]');
  await waiting.close();
});

test("whoever looks is told the end, and gets the last sample, before the server goes", async () => {
  const ending = await servePage({ presentation, run, host: "127.0.0.1", port: 0 });
  await (await fetch(`${ending.url}data`)).text();
  const closed = ending.close();
  expect(await (await fetch(`${ending.url}data`)).json()).toMatchObject({ ended: true });
  expect((await fetch(`${ending.url}samples/step-000010.png`)).status).toBe(200);
  await closed;
  await expect(fetch(`${ending.url}data`)).rejects.toThrow("fetch failed");
});

test("a run that is gone is an error the page can show, not an end", async () => {
  const gone = await servePage({ presentation, run: join(parent, "gone"), host: "127.0.0.1", port: 0 });
  const response = await fetch(gone.url);
  expect([response.status, await response.text()]).toEqual([500, expect.stringContaining("expected the folder of a run")]);
  await gone.close();
});
