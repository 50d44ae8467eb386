import type { Server } from "node:http";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Library from "../../src/browser.js";
import { fromImageData } from "../../src/data/image-data.js";
import { DataError } from "../../src/errors.js";
import { addressOf, executablePath, launch, serveRoot, title } from "../support/browser.js";

declare global {
  interface Window {
    library: typeof Library;
  }
}

const pixels = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 0, 255, 0) };

test("the pixels of a canvas become RGB over white, gray, or colours with alpha", () => {
  expect(fromImageData(pixels)).toEqual({ width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 255, 255, 255) });
  // ITU-R 601 gives red 0.299.
  expect(fromImageData(pixels, { channels: 1 })).toEqual({ width: 2, height: 1, channels: 1, data: Uint8Array.of(76, 255) });
  expect(fromImageData(pixels, { keepAlpha: true }).alpha).toEqual(Uint8Array.of(255, 0));
});

test("pixels that are not RGBA in 8 bits are refused", () => {
  expect(() => fromImageData({ ...pixels, height: 2 })).toThrow(
    new DataError("fromImageData: expected 16 samples for 2×2 pixels of RGBA, got 8."),
  );
  const wide = { ...pixels, data: new Uint16Array(8) };
  expect(() => fromImageData(wide)).toThrow(/^fromImageData: expected samples of 8 bits, got 16\. Use the pixel format rgba-unorm8\.$/);
  expect(() => fromImageData({ width: 0, height: 0, data: new Uint8Array() })).toThrow(/expected 0 samples for 0×0 pixels of RGBA/);
});

describe.skipIf(!executablePath)(title, { timeout: 120_000 }, () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    server = await serveRoot();
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  /** A page in which `window.library` is the built browser entry. */
  async function pageWithLibrary(): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(addressOf(server, ""));
    await page.addScriptTag({ type: "module", content: 'import * as library from "/dist/browser.js"; window.library = library;' });
    await page.waitForFunction(() => "library" in window);
    return page;
  }

  test("images come from a canvas, are cropped, resized and translated, and go back to it", async () => {
    const page = await pageWithLibrary();
    const found = await page.evaluate(async () => {
      const { buildGenerator, cropImage, fromImageData, initialise, openGpu, Random, resizeBicubic, toImageData, translateImage } = window.library;
      const context = new OffscreenCanvas(24, 16).getContext("2d");
      if (!context) throw new Error("no canvas");
      context.fillStyle = "#c04020";
      context.fillRect(0, 0, 24, 16);
      context.fillStyle = "#2040c0";
      context.fillRect(12, 0, 12, 16);
      const image = fromImageData(context.getImageData(0, 0, 24, 16));
      const [right, small] = [cropImage(image, { left: 12, top: 0, width: 12, height: 16 }), resizeBicubic(image, 12, 8)];
      const gpu = await openGpu();
      const generator = buildGenerator(gpu, { inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance", upsample: "conv-transpose" });
      initialise(generator, "normal", 0.02, new Random(1));
      const translated = await translateImage(gpu, generator, small);
      gpu.dispose();
      context.putImageData(toImageData(right), 0, 0);
      context.putImageData(toImageData(translated), 12, 0);
      const at = (x: number): number[] => [...context.getImageData(x, 4, 1, 1).data];
      const middle = 3 * (4 * 12 + 6);
      return {
        right: at(4),
        small: [small.width, small.height, ...small.data.slice(0, 3)],
        translated: { finite: translated.finite, drawn: at(18), computed: [...translated.data.slice(middle, middle + 3), 255] },
      };
    });
    expect(found.right).toEqual([0x20, 0x40, 0xc0, 255]);
    expect(found.small).toEqual([12, 8, 0xc0, 0x40, 0x20]);
    expect(found.translated.finite).toBe(true);
    expect(found.translated.drawn).toEqual(found.translated.computed);
  });

  test("gray becomes RGB, and alpha is drawn", async () => {
    const page = await pageWithLibrary();
    const drawn = await page.evaluate(() => {
      const { toImageData } = window.library;
      const image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 200), alpha: Uint8Array.of(255, 40) } as const;
      let refused = "";
      try {
        toImageData({ ...image, width: 3 });
      } catch (error) {
        refused = String(error);
      }
      const data = toImageData(image);
      return { isImageData: data instanceof ImageData, data: [...data.data], refused };
    });
    expect(drawn).toEqual({
      isImageData: true,
      data: [7, 7, 7, 255, 200, 200, 200, 40],
      refused: "DataError: toImageData: expected 3 samples for 3×1 pixels of 1 channels, got 2.",
    });
  });
});
