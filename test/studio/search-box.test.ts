/** The documents in a browser, as `cyclegan studio` serves them: the search box, the policy, narrow screens, screen readers. */
import { describe, expect, test } from "vitest";
import { violations } from "../support/axe.js";
import { executablePath, title } from "../support/browser.js";
import { pathsOf, useStudio, type OpenedPage, type OpenOptions } from "../support/studio.js";

describe.skipIf(!executablePath)(title, { timeout: 180_000 }, () => {
  const studio = useStudio(["--no-sandbox"]);

  async function open(path: string, options: OpenOptions = {}): Promise<OpenedPage> {
    const opened = await studio.open(path, options);
    await opened.page.getByRole("combobox").waitFor();
    return opened;
  }

  test("the search loads its index when it is first used, and the keyboard alone finds, chooses, opens and closes", async () => {
    const { page, problems, answers } = await open("docs/gallery.html");
    expect(pathsOf(answers)).not.toContain("/docs/search.json");
    await page.keyboard.press("/");
    const box = page.getByRole("combobox", { name: "Search all documents" });
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.type("masks");
    await page.getByRole("option").first().waitFor();
    expect(pathsOf(answers).filter((path) => path === "/docs/search.json")).toHaveLength(1);
    expect(await box.getAttribute("aria-expanded")).toBe("true");
    for (const [key, number] of [["ArrowDown", 0], ["ArrowDown", 1], ["ArrowUp", 0]] as const) {
      await page.keyboard.press(key);
      await page.locator(`#found-${number}[aria-selected="true"]`).waitFor();
      expect(await box.getAttribute("aria-activedescendant")).toBe(`found-${number}`);
      expect(await page.locator('[role="option"][aria-selected="true"]').count()).toBe(1);
    }
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator('[role="combobox"][aria-expanded="false"]').waitFor();
    await page.keyboard.type("a kernel of your own");
    await page.getByRole("option", { name: "A kernel of your own" }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/docs\/library\.html#a-kernel-of-your-own$/);
    expect(problems).toEqual([]);
  });

  test("words that are nowhere, and an index that does not load, are said", async () => {
    const { page } = await open("docs/index.html");
    await page.getByRole("combobox").fill("zeppelin kazoo");
    await page.getByText("Nothing has all words of “zeppelin kazoo”.").waitFor();
    await page.route("**/search.json", (route) => route.abort());
    await page.reload();
    await page.getByRole("combobox").fill("masks");
    await page.getByText("The index cannot be loaded.").waitFor();
    await page.unroute("**/search.json");
    await page.getByRole("combobox").fill("mask");
    await page.getByRole("option").first().waitFor();
  });

  test.for(["light", "dark"] as const)("on a phone, %s: pages fit 360 pixels, show their pictures, and axe finds nothing", async (colorScheme) => {
    for (const path of ["docs/index.html", "docs/options.html", "docs/performance.html", "docs/source/examples/own-op.ts.html"]) {
      const { page, problems } = await open(path, { width: 360, colorScheme });
      await page.waitForLoadState("networkidle");
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(360);
      expect(await page.evaluate(() => [...document.images].filter((image) => image.naturalWidth === 0).length), path).toBe(0);
      expect(await violations(page), path).toEqual([]);
      expect(problems, path).toEqual([]);
      await page.close();
    }
  });

  test("every page of the studio leads to the documents, and they lead back", async () => {
    const { page } = await open("docs/source/examples/own-op.ts.html");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Translate" }).click();
    await page.getByRole("link", { name: "Documents" }).click();
    await page.getByRole("heading", { level: 1, name: "cyclegan-webgpu" }).waitFor();
  });
});
