import { expect, test } from "vitest";
import { decodeImageBytes } from "../../src/data/decode.js";
import { DataError } from "../../src/errors.js";
import { Random } from "../../src/random.js";
import { imageSeeds } from "../fuzz/image-seeds.js";
import { mendPng, mutate } from "../fuzz/mutate.js";

/** What `npm run fuzz:images` does for as long as one likes, here a few hundred times. */
test("a damaged file gives an image or an error of one line that names it and a reason", async () => {
  const seeds = [...(await imageSeeds())];
  let refused = 0;
  for (let number = 0; number < 400; number++) {
    const random = new Random(number).stream("damaged");
    const [name = "", bytes = Buffer.alloc(0)] = seeds[number % seeds.length] ?? [];
    const [, other = bytes] = seeds[Math.floor(random.uniform() * seeds.length)] ?? [];
    const damaged = mutate(bytes, other, random);
    try {
      const image = await decodeImageBytes(damaged, `damaged/${name}`, 3, { keepAlpha: number % 2 === 0 });
      expect(image.data).toHaveLength(image.width * image.height * 3);
    } catch (error) {
      refused++;
      expect(error, `case ${number}`).toBeInstanceOf(DataError);
      expect(String(error)).toMatch(/^DataError: damaged\/[a-z]+\.[a-z]+: expected a readable image \(.*\), got .+\. Replace or remove the file/);
      expect(String(error)).not.toMatch(/undefined|not a function|\n/);
    }
  }
  // Both happen.
  expect(refused).toBeGreaterThan(200);
  expect(refused).toBeLessThan(400);
});

test("a valid file of every kind is read", async () => {
  for (const [name, bytes] of await imageSeeds()) {
    const { width, height } = await decodeImageBytes(bytes, name, 3);
    expect(Math.max(width, height), name).toBeLessThanOrEqual(13);
    expect(Math.min(width, height), name).toBeGreaterThanOrEqual(3);
  }
});

test("reasons are in our words where a codec's say nothing", async () => {
  const seeds = await imageSeeds();
  const message = async (name: string, change: (bytes: Buffer) => Buffer): Promise<string> => {
    const error: unknown = await decodeImageBytes(change(Buffer.from(seeds.get(name) ?? "")), name, 3).catch((reason: unknown) => reason);
    return String(error);
  };
  expect(await message("rgba.png", (bytes) => bytes.subarray(0, 60))).toMatch(/got a damaged or cut off header/);
  expect(await message("palette.bmp", (bytes) => bytes.subarray(0, 20))).toMatch(/got numbers in the file that point past its end/);
  const jpeg = await message("progressive.jpg", (bytes) => bytes.subarray(0, 300));
  expect(jpeg).toMatch(/, got premature end of JPEG image(; [^;]+)?\. Replace or remove the file\.$/);
  expect(jpeg).not.toMatch(/Vips|corrupt header|premature.*premature/);
  // The palette, put behind the end.
  expect(await message("palette.bmp", (bytes) => (bytes.writeUInt32LE(0x7ffffff0, 14), bytes))).toMatch(/point past its end/);
  expect(await message("rgb.bmp", (bytes) => (bytes.writeInt32LE(-5, 18), bytes))).toMatch(/a size of -5×9/);
  expect(await message("rgb.bmp", (bytes) => (bytes.writeUInt32LE(0x7fffffff, 22), bytes))).toMatch(/more than the limit/);
});

test("a PNG of 92 bytes that claims 40 million pixels is refused at once", async () => {
  // Found by fuzzing: pngjs made an image of it, in 16 s and of memory that was never written.
  const found = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAmwADEAAAAACz5YX+AAAAI0lEQVR4AWNgYBDuUBewmsHipyCsIKIgrMDipyCsIKIgrAAANvkDvR2VXj8AAAAASUVORK5CYII=",
    "base64",
  );
  expect(found).toHaveLength(92);
  const start = performance.now();
  await expect(decodeImageBytes(found, "found.png", 3)).rejects.toThrow(/found\.png: expected a readable image/);
  expect(performance.now() - start).toBeLessThan(2000);
});

test("a PNG whose checksums are right and whose pixels are cut off is refused", async () => {
  const whole = (await imageSeeds()).get("rgba.png") ?? Buffer.alloc(0);
  const at = whole.indexOf("IDAT") - 4;
  const length = whole.readUInt32BE(at);
  for (const kept of [4, length >> 1, length - 8]) {
    const head = Buffer.from(whole.subarray(0, at + 8 + kept));
    head.writeUInt32BE(kept, at);
    const cut = mendPng(Buffer.concat([head, Buffer.alloc(4), whole.subarray(at + 12 + length)]));
    await expect(decodeImageBytes(cut, "cut.png", 3), `${kept} of ${length} bytes`).rejects.toThrow(/cut\.png: expected a readable image/);
  }
});
