import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resizeBicubic } from "../../src/data/resize.js";

interface Case {
  from: [number, number];
  to: [number, number];
  channels: 1 | 3;
  input: string;
  output: string;
}

const fixture = JSON.parse(readFileSync(new URL("../reference/resize.json", import.meta.url), "utf8")) as {
  cases: Case[];
};
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));

describe("resizeBicubic", () => {
  for (const { from, to, channels, input, output } of fixture.cases) {
    it(`equals Pillow from ${from.join("×")} to ${to.join("×")} with ${channels} channels`, () => {
      const image = { width: from[0], height: from[1], channels, data: bytes(input) };
      const resized = resizeBicubic(image, to[0], to[1]);
      expect([resized.width, resized.height, resized.channels]).toEqual([...to, channels]);
      expect(resized.data).toEqual(bytes(output));
    });
  }

  it("returns the image itself when the size is right", () => {
    const image = { width: 2, height: 1, channels: 1 as const, data: Uint8Array.of(3, 9) };
    expect(resizeBicubic(image, 2, 1)).toBe(image);
  });

  it("keeps a flat image flat, whatever the size", () => {
    const flat = { width: 37, height: 5, channels: 1 as const, data: new Uint8Array(37 * 5).fill(201) };
    expect(new Set(resizeBicubic(flat, 11, 64).data)).toEqual(new Set([201]));
  });
});
