import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { isSrgb } from "../../src/data/colour-profile.js";
import { decodeImageBytes } from "../../src/data/decode.js";

/** sRGB's curve, which Display P3 shares. */
const toLinear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const toCurve = (v: number): number => (v <= 0.0031308 ? v * 12.92 : 1.055 * v ** (1 / 2.4) - 0.055);

/** From linear Display P3 to linear sRGB, both with white D65. Source: CSS Color Module Level 4, section 18. */
const matrix: readonly (readonly number[])[] = [
  [1.2249401762805598, -0.22494017628055996, 0],
  [-0.042056954709688163, 1.0420569547096881, 0],
  [-0.019637554590334432, -0.078636045550631889, 1.0982736001409663],
];

function fromP3(pixel: readonly number[], white: number): number[] {
  const linear = pixel.map((value) => toLinear(value / white));
  return matrix.map((row) => {
    const sum = row.reduce((total, weight, index) => total + weight * (linear[index] ?? 0), 0);
    return white * toCurve(Math.min(1, Math.max(0, sum)));
  });
}

/** Colours of Display P3 that sRGB has too, and gray and white. */
const pixels = [184, 63, 42, 110, 236, 133, 128, 128, 128, 255, 255, 255];
const expected = (white: number): number[] =>
  [0, 3, 6, 9].flatMap((at) => fromP3(pixels.slice(at, at + 3).map((value) => (value * white) / 255), white));

/** A file with these numbers and a profile: attached last, so that no number is converted. */
async function tagged(samples: Uint8Array | Uint16Array, profile: "p3" | "srgb"): Promise<Buffer> {
  const space = samples instanceof Uint16Array ? "rgb16" : "srgb";
  const plain = await sharp(samples, { raw: { width: 4, height: 1, channels: 3 } }).toColourspace(space).png().toBuffer();
  return withProfile(plain, await profileOf(profile));
}

async function profileOf(name: "p3" | "srgb"): Promise<Buffer> {
  const image = sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } });
  const { icc } = await sharp(await image.withIccProfile(name).png().toBuffer()).metadata();
  if (!icc) throw new TypeError("a profile that was attached is there");
  return icc;
}

/** The PNG with an iCCP chunk after its header. */
function withProfile(png: Buffer, profile: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from("iCCPprofile\0\0", "latin1"), deflateSync(profile)]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length - 4);
  crc.writeUInt32BE(crc32(content));
  const afterHeader = 33;
  return Buffer.concat([png.subarray(0, afterHeader), length, content, crc, png.subarray(afterHeader)]);
}

function worst(actual: ArrayLike<number>, white: number): number {
  return Math.max(...expected(white).map((value, index) => Math.abs((actual[index] ?? NaN) - value)));
}

describe("an image with the profile Display P3", () => {
  it("becomes sRGB, within the rounding of 8 bits", async () => {
    const { data } = await decodeImageBytes(await tagged(Uint8Array.from(pixels), "p3"), "p3");
    // Half a step of rounding, and one for libvips' sRGB profile, whose curve has few points.
    expect(worst(data, 255)).toBeLessThanOrEqual(1.5);
    expect(Math.abs((data[0] ?? 0) - 184)).toBeGreaterThan(10);
  });

  it("becomes sRGB in 16 bits", async () => {
    const bytes = await tagged(Uint16Array.from(pixels, (value) => value * 257), "p3");
    const { data } = await decodeImageBytes(bytes, "p3", 3, { keepDepth: true });
    expect(data).toBeInstanceOf(Uint16Array);
    expect(Math.abs((data[0] ?? NaN) - (expected(65535)[0] ?? 0))).toBeLessThan(32);
    // LittleCMS interpolates 16 bits in a table, which is coarse for dark values: 1142 at 1965, at the edge of sRGB.
    expect(worst(data, 65535)).toBeLessThan(5 * 257);
  });

  it("keeps its numbers with ignoreIcc", async () => {
    const bytes = await tagged(Uint8Array.from(pixels), "p3");
    expect(Array.from((await decodeImageBytes(bytes, "p3", 3, { ignoreIcc: true })).data)).toEqual(pixels);
  });
});

describe("other profiles", () => {
  it("change nothing if they are sRGB", async () => {
    expect(isSrgb(await profileOf("srgb"))).toBe(true);
    expect(isSrgb(await profileOf("p3"))).toBe(false);
    expect(Array.from((await decodeImageBytes(await tagged(Uint8Array.from(pixels), "srgb"), "srgb")).data)).toEqual(pixels);
  });

  it("are ignored if they are damaged", async () => {
    const whole = await profileOf("p3");
    const odd = [Buffer.alloc(0), Buffer.from("no profile"), whole.subarray(0, 140), Buffer.alloc(400, 0xff)];
    const png = await sharp(Uint8Array.from(pixels), { raw: { width: 4, height: 1, channels: 3 } }).png().toBuffer();
    for (const profile of odd) {
      expect(isSrgb(profile)).toBe(false);
      expect(Array.from((await decodeImageBytes(withProfile(png, profile), "odd")).data)).toEqual(pixels);
    }
  });
});
