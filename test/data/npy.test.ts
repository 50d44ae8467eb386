/** NumPy's .npy files, compared with what NumPy itself writes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { decodeImage, decodeImageBytes } from "../../src/data/decode.js";
import { encodeImage, encodeImageBytes } from "../../src/data/encode.js";
import { encodeNpy, npyHeader, npySamples } from "../../src/data/npy.js";
import { DataError } from "../../src/errors.js";
import { temporaryFolder } from "./temporary-folder.js";

interface Case {
  readonly dtype: string;
  readonly shape: readonly [height: number, width: number, channels?: number];
  readonly order: "C" | "F";
  /** Base64. */
  readonly file: string;
  readonly values: readonly (number | boolean)[];
}
const { cases }: { readonly cases: readonly Case[] } = JSON.parse(readFileSync(new URL("../reference/npy.json", import.meta.url), "utf8"));
const folder = temporaryFolder();
const deep = { keepDepth: true } as const;

/** A file with this text as its header, and these bytes of samples. */
function npy(text: string, samples: number, version = 1): Buffer {
  const header = Buffer.alloc(10);
  header.write("\x93NUMPY", "latin1");
  header[6] = version;
  header.writeUInt16LE(text.length, 8);
  return Buffer.concat([header, Buffer.from(text, "latin1"), Buffer.alloc(samples)]);
}
const headerOf = (dtype: string, shape: string, order = "False"): string => `{'descr': '${dtype}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`;

describe.each(cases)("a file of numpy.save: $dtype $shape $order", ({ dtype, shape, order, file, values }) => {
  const bytes = Buffer.from(file, "base64");
  const [height, width, channels = 1] = shape;
  const isBoolean = dtype === "|b1";
  const samples = values.map((value) => (typeof value === "boolean" ? 255 * Number(value) : value));

  it("is read", () => {
    const header = npyHeader(bytes);
    expect(header).toMatchObject({ width, height, channels });
    expect(Array.from(npySamples(bytes, header))).toEqual(samples);
  });

  const isWritten = order === "C" && !dtype.startsWith(">") && !isBoolean;
  if (!isWritten) return;

  it("is written, byte for byte", () => {
    const data = npySamples(bytes, npyHeader(bytes));
    expect(encodeNpy({ width, height, channels, hasAlpha: false, data })).toEqual(bytes);
  });
});

describe("an image of a .npy file", () => {
  it("has its 8 bits, 16 bits or floats, and any number of channels", async () => {
    for (const channels of [2, 5, 16]) {
      const ramp = Array.from({ length: 6 * channels }, (_, index) => index);
      const floats = Float32Array.from(ramp, (value) => value / 100);
      for (const data of [Uint8Array.from(ramp), Uint16Array.from(ramp, (value) => 300 * value), floats]) {
        const image = { width: 3, height: 2, channels, data };
        const path = join(folder, `${channels}.npy`);
        await encodeImage(path, image);
        expect(await decodeImage(path, channels, deep)).toMatchObject(image);
      }
    }
  });

  it("of one or three channels becomes RGB or gray", async () => {
    const gray = await encodeImageBytes({ width: 1, height: 1, channels: 1, data: Uint8Array.of(7) }, "npy");
    expect((await decodeImageBytes(gray, "gray.npy", 3)).data).toEqual(Uint8Array.of(7, 7, 7));
    const red = await encodeImageBytes({ width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0) }, "npy");
    expect((await decodeImageBytes(red, "red.npy", 1)).data).toEqual(Uint8Array.of(76));
  });

  it("comes back in its own type and range", async () => {
    for (const [dtype, values, range] of [
      ["<i2", Int16Array.of(-1000, 0, 3000, 1000), [-1000, 3000]],
      ["<f8", Float64Array.of(0, 0.25, 0.5, 1), "auto"],
      ["<u2", Uint16Array.of(0, 1, 4094, 4095), [0, 4095]],
    ] as const) {
      const file = Buffer.concat([npy(headerOf(dtype, "2, 2"), 0), Buffer.from(values.buffer)]);
      const image = await decodeImageBytes(file, "a.npy", 1, { ...deep, valueRange: range });
      const written = Buffer.from(await encodeImageBytes(image, "npy"));
      expect(npySamples(written, npyHeader(written))).toEqual(values);
    }
  });
});

test.each([
  ["an object", headerOf("|O", "2, 2"), 32, /got an array of dtype '\|O'\. Save it as uint8, .* or bool/],
  ["complex numbers", headerOf("<c8", "2, 2"), 32, /dtype '<c8'/],
  ["half floats", headerOf("<f2", "2, 2"), 8, /dtype '<f2'/],
  ["records", "{'descr': [('r', '|u1')], 'fortran_order': False, 'shape': (2, 2), }\n", 4, /got an array of records\. Save it as/],
  ["one axis", headerOf("|u1", "4,"), 4, /got an array of shape \(4\), which is not height × width or height × width × 1 to 16 channels\. Replace/],
  ["four axes", headerOf("|u1", "1, 2, 2, 1"), 4, /shape \(1, 2, 2, 1\)/],
  ["channels first", headerOf("|u1", "3, 20, 20"), 1200, /shape \(3, 20, 20\).*Put the channels last, as numpy\.moveaxis\(x, 0, -1\) does/],
  ["no pixels", headerOf("|u1", "0, 5"), 0, /got a size of 5×0/],
  ["too many pixels", headerOf("|u1", "100000, 100000"), 4, /got 100000×100000 pixels, more than the limit/],
  ["too many bytes", headerOf("<f8", "8000, 8000, 16"), 4, /bytes of pixels \(8000×8000, 16 channels of 64 bits\), more than the limit/],
  ["an axis beyond integers", headerOf("|u1", "99999999999999999999, 2"), 4, /more than the limit/],
  ["samples cut off", headerOf("<u2", "2, 2"), 7, /got 7 bytes of samples, where its header says 8/],
  ["samples to spare", headerOf("<u2", "2, 2"), 9, /got 9 bytes of samples, where its header says 8/],
  ["a header without a shape", "{'descr': '|u1', 'fortran_order': False, }\n", 4, /damaged or cut off header/],
  ["a negative axis", headerOf("|u1", "-2, 2"), 4, /damaged or cut off header/],
])("a file with %s is refused by name", async (_, text, samples, message) => {
  const path = join(folder, "odd.npy");
  writeFileSync(path, npy(text, samples));
  const decoding = decodeImage(path, 1);
  await expect(decoding).rejects.toThrow(DataError);
  await expect(decoding).rejects.toThrow(message);
  await expect(decoding).rejects.toThrow(/odd\.npy: expected a readable image/);
});

test("a file that ends in its header is refused, as are other versions", async () => {
  const whole = npy(headerOf("|u1", "2, 2"), 4);
  for (const length of [6, 7, 9, 10, 40]) await expect(decodeImageBytes(whole.subarray(0, length), "a.npy", 1)).rejects.toThrow(DataError);
  await expect(decodeImageBytes(npy(headerOf("|u1", "2, 2"), 4, 9), "a.npy", 1)).rejects.toThrow(/a \.npy file of version 9/);
});

test("NaN is refused", async () => {
  const file = Buffer.concat([npy(headerOf("<f4", "1, 1"), 0), Buffer.from(Float32Array.of(NaN).buffer)]);
  await expect(decodeImageBytes(file, "nan.npy", 1)).rejects.toThrow(/^nan\.npy: .*NaN or infinity among its values/);
});
