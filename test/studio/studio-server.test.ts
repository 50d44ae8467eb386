import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveStudio } from "../../src/report/serve/studio-server.js";
import { scratchFolder } from "../report/make-run.js";

const parent = scratchFolder();
const folders = { pages: join(parent, "pages"), generators: join(parent, "generators"), pictures: join(parent, "package") };
let studio: Awaited<ReturnType<typeof serveStudio>>;
beforeAll(async () => {
  mkdirSync(folders.pages);
  mkdirSync(join(folders.generators, "one"), { recursive: true });
  writeFileSync(join(folders.pages, "index.html"), "<!doctype html>");
  writeFileSync(join(folders.pages, "page.js"), "1;");
  writeFileSync(join(folders.generators, "one", "AtoB.safetensors"), "weights");
  mkdirSync(join(folders.pages, "docs"));
  writeFileSync(join(folders.pages, "docs", "start.html"), "<!doctype html>");
  mkdirSync(join(folders.pictures, "docs"), { recursive: true });
  writeFileSync(join(folders.pictures, "docs", "look.webp"), "picture");
  writeFileSync(join(folders.pictures, "docs", "notes.txt"), "notes");
  writeFileSync(join(folders.pictures, "other.webp"), "picture");
  writeFileSync(join(parent, "secret.txt"), "secret");
  symlinkSync(join(parent, "secret.txt"), join(folders.pages, "link.txt"));
  studio = await serveStudio({ host: "127.0.0.1", port: 0 }, folders);
});
afterAll(() => studio.close());

/** The status, the type and the policy of the answer to a path as it is: `fetch` would tidy it up first. */
function ask(path: string): Promise<readonly [status: number | undefined, type: string | undefined, policy: string]> {
  const { hostname, port } = new URL(studio.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, agent: false }, (response) => {
      response.resume();
      resolve([response.statusCode, response.headers["content-type"], String(response.headers["content-security-policy"])]);
    }).on("error", reject).end();
  });
}

test.for([
  ["/", "text/html; charset=utf-8"],
  ["/index.html", "text/html; charset=utf-8"],
  ["/page.js?1", "text/javascript; charset=utf-8"],
  ["/generators/one/AtoB.safetensors", "application/octet-stream"],
  ["/docs/start.html", "text/html; charset=utf-8"],
  ["/docs/look.webp", "image/webp"],
] as const)("%s is served as %s, under a policy that allows only the studio's own files", async ([path, type]) => {
  const [status, found, policy] = await ask(path);
  expect([status, found]).toEqual([200, type]);
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain("unsafe");
});

test.for(["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/generators/../pages/page.js", "/link.txt", "/generators", "/docs/notes.txt", "/other.webp", "/none.js", "//index.html", "/%"])(
  "%s is not found",
  async (path) => {
    expect((await ask(path))[0]).toBe(404);
  },
);

test("a checkout without a build says how to make the pages", async () => {
  await expect(serveStudio({ host: "127.0.0.1", port: 0 }, { ...folders, pages: join(parent, "none") })).rejects.toThrow(
    /none: expected the pages of the studio, got none\. In a checkout, "npm run build" makes them\.$/,
  );
});
