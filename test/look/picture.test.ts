/** The pictures and the page of a look into a network. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import { channelPictures, normalised, pictureOfAll } from "../../src/look/picture.js";
import type { ChannelResponse } from "../../src/models/deconvnet/look.js";
import { lookPage } from "../../src/report/look-page.js";

function filled(side: number, channels: number, value: number): ImageBatch {
  return { shape: [1, side, side, channels], data: new Float32Array(side * side * channels).fill(value) };
}

function responses(count: number, side: number, channels: number): ChannelResponse[] {
  const window = { left: 0, top: 0, width: side, height: side };
  return Array.from({ length: count }, (_, image) => ({ image, activation: 1, window, patch: filled(side, channels, 1), projection: filled(side, channels, -2) }));
}

test("a projection is divided by its largest magnitude, so that 0 stays gray; nothing stays nothing", () => {
  expect([...normalised({ shape: [1, 1, 3, 1], data: Float32Array.of(-4, 0, 1) }).data]).toEqual([-1, 0, 0.25]);
  expect([...normalised(filled(1, 1, 0)).data]).toEqual([0]);
});

test("nine small windows become 3×3 enlarged tiles, and two of them one row", () => {
  const { projections, patches } = channelPictures(responses(9, 10, 3), [3]);
  // 9 times 10 pixels, three times, with gaps of 2.
  expect(projections).toMatchObject({ width: 274, height: 274, channels: 3 });
  expect([projections.data[0], patches.data[0]]).toEqual([0, 255]);
  expect(channelPictures(responses(2, 10, 1), [1]).patches).toMatchObject({ width: 182, height: 90 });
});

test("large windows are reduced, and the images of a pair are side by side", () => {
  expect(channelPictures(responses(9, 256, 3), [3]).patches).toMatchObject({ width: 292, height: 292 });
  expect(channelPictures(responses(1, 64, 4), [3, 1]).patches).toMatchObject({ width: 129, height: 64 });
  expect(() => channelPictures(responses(1, 8, 6), [3])).toThrow(/expected images of 3 channels, got 6/);
});

test("the picture of all layers keeps the height of each", () => {
  const [large, small] = [channelPictures(responses(9, 10, 3), [3]), channelPictures(responses(9, 30, 3), [3])];
  const { width, height } = pictureOfAll([[large, large, large], [small]]);
  expect([width, height]).toEqual([2 * (2 * 274 + 6) + 16, 2 * 274 + 16 + 32 + 274]);
});

test("names of images are escaped on the page, which loads nothing", () => {
  const shown = { channel: 3, projections: Uint8Array.of(1), patches: Uint8Array.of(2), activation: "1.50", names: ['a<b>".png'] };
  const layer = { name: "model.0", what: "conv", channels: 8, field: 7, shown: [shown] };
  const page = lookPage({ title: "D of <run>", network: "A network.", notes: [], layers: [layer] });
  expect(page).toContain("a&lt;b&gt;&quot;.png");
  expect(page).toContain("<title>D of &lt;run&gt;</title>");
  expect(page).toContain("1 of 8 channels. A value of this layer sees 7×7 pixels.");
  expect(page).not.toMatch(/https?:|<script/);
});
