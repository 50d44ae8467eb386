import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DataError } from "../../src/errors.js";
import type { Image } from "../../src/data/image.js";
import { resizeBicubic } from "../../src/data/resize.js";

interface Case {
  from: [number, number];
  to: [number, number];
  channels: 1 | 3 | 4;
  input: string;
  output: string;
}

const fixture = JSON.parse(readFileSync(new URL("../reference/resize.json", import.meta.url), "utf8")) as {
  cases: Case[];
};
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));

/** Four channels are colour and alpha. */
function imageOf([width, height]: readonly [number, number], channels: Case["channels"], data: Uint8Array): Image {
  if (channels < 4) return { width, height, channels: channels === 1 ? 1 : 3, data };
  const colours = data.filter((_, index) => index % 4 < 3);
  return { width, height, channels: 3, data: colours, alpha: data.filter((_, index) => index % 4 === 3) };
}

describe("resizeBicubic", () => {
  for (const { from, to, channels, input, output } of fixture.cases) {
    it(`equals Pillow from ${from.join("×")} to ${to.join("×")} with ${channels} channels`, () => {
      const resized = resizeBicubic(imageOf(from, channels, bytes(input)), to[0], to[1]);
      expect(resized).toEqual(imageOf(to, channels, bytes(output)));
    });
  }

  it("returns the image itself when the size is right", () => {
    const image = { width: 2, height: 1, channels: 1 as const, data: Uint8Array.of(3, 9) };
    expect(resizeBicubic(image, 2, 1)).toBe(image);
  });

  it("refuses sizes that no image has", () => {
    const image = { width: 2, height: 1, channels: 1 as const, data: Uint8Array.of(3, 9) };
    for (const size of [0, -3, 1.5, Number.NaN]) {
      expect(() => resizeBicubic(image, size, 4)).toThrow(new DataError(`resizeBicubic: expected sides of at least 1 pixel, got ${size}×4.`));
    }
  });

  it("keeps a flat image flat, whatever the size", () => {
    const flat = { width: 37, height: 5, channels: 1 as const, data: new Uint8Array(37 * 5).fill(201) };
    expect(new Set(resizeBicubic(flat, 11, 64).data)).toEqual(new Set([201]));
  });
});
