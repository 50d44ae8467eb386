/** TensorFlow.js and jax-js on the page Bench, in a build that has them. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { buildPeers, hasPeers } from "../../scripts/build-peers.js";
import { studioFolders } from "../../src/report/serve/studio-server.js";
import { scratchFolder } from "../report/make-run.js";
import { executablePath, title } from "../support/browser.js";
import { compressedBytes, pathsOf, useStudio } from "../support/studio.js";

const note = hasPeers ? "" : ' (skipped: "npm --prefix bench/peers ci" installs the engines)';
describe.skipIf(!executablePath || !hasPeers)(`${title}${note}`, { timeout: 300_000 }, () => {
  const pages = join(scratchFolder(), "site");
  let peers: readonly string[];
  beforeAll(async () => {
    cpSync(studioFolders.pages, pages, { recursive: true });
    peers = await buildPeers(pages);
  }, 60_000);
  const studio = useStudio(undefined, pages);

  const compare = (page: Page): Promise<void> => page.locator('button:not([aria-disabled="true"])', { hasText: "Compare the engines" }).click({ timeout: 60_000 });
  const figuresOn = (page: Page): Locator => page.getByRole("region", { name: "Other engines" }).locator("li");

  test("all engines compute the same and are timed, each in a worker of its own, under the strict policy of the pages", async () => {
    const { page, problems, answers } = await studio.open("bench.html");
    const figures = figuresOn(page);
    await page.getByText(`The same work in this library, ${peers.join(" and ")}, on this GPU.`).waitFor();
    await compare(page);
    await page.getByText("Compared.").waitFor({ timeout: 280_000 });
    expect(await figures.locator("> span").allTextContents()).toEqual(["This library", ...peers, "This library", ...peers]);
    // A result that differs by more than its tolerance, and an engine that fails, have no time.
    for (const time of await figures.locator("strong").allTextContents()) expect(time).toMatch(/^[\d.]+ ms$/);
    for (const index of [1, 2, 4, 5]) expect(await figures.nth(index).locator("small").textContent()).toMatch(/, (differs by \de-\d|the same to the bit)$/);
    expect(pathsOf(answers)).toEqual(expect.arrayContaining(["/peers.js", "/peer-ours.js", "/peer-tfjs.js", "/peer-jax-js.js"]));
    expect(answers.every((answer) => answer.headers()["content-security-policy"]?.includes("script-src 'self';"))).toBe(true);
    expect(problems).toEqual([]);
  });

  test("when the GPU is lost, the engines that had it say so, and the next work is compared", async () => {
    const { page } = await studio.open("bench.html");
    await compare(page);
    await page.getByText("checking TensorFlow.js.").waitFor({ timeout: 60_000 });
    const session = await studio.browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    process.kill(processInfo.find(({ type }) => type === "GPU")!.id, "SIGKILL");
    await page.getByText("Compared.").waitFor({ timeout: 280_000 });
    const times = await figuresOn(page).locator("strong").allTextContents();
    expect(times.slice(0, 3)).toEqual(["no time", "no time", "no time"]);
    expect(times.length).toBe(6);
    expect(await figuresOn(page).first().locator("small").textContent()).toMatch(/^its device was lost: /);
    for (const time of times.slice(3)) expect(time).toMatch(/^[\d.]+ ms$/);
  });

  test("a page that compares nothing loads none of them", async () => {
    const { page, answers } = await studio.open("bench.html");
    await page.getByText("Limits and features").waitFor();
    await page.waitForLoadState("networkidle");
    expect(pathsOf(answers).filter((path) => path.includes("peer"))).toEqual([]);
    expect(await compressedBytes(answers)).toBeLessThan(300_000);
  });
});
