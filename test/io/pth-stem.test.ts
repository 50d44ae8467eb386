import { expect, test } from "vitest";
import { readPth } from "../../src/io/pth.js";
import { dict, pickle, pth, tensor, withZip64 } from "./pickle-bytes.js";

const four = Uint8Array.of(0, 0, 0x80, 0x3f);

test("a file is read whatever the length of its name, which is in every entry of the zip", async () => {
  for (let length = 1; length <= 255; length++) {
    const file = await pth(pickle(dict("a", tensor())), { 0: four }, "s".repeat(length));
    for (const form of [file, withZip64(file)]) {
      const { tensors } = await readPth(form, `${length} characters`);
      expect([...tensors]).toEqual([["a", { dtype: "F32", shape: [1], bytes: four }]]);
    }
  }
});

test("a zip64 record that is cut short or changed does not hide damage", async () => {
  const file = withZip64(await pth(pickle(dict("a", tensor())), { 0: four }, "CycleGAN_generator_AB"));
  for (const cut of [1, 22, 50, 90]) await expect(readPth(file.subarray(0, -cut), "x.pth")).rejects.toThrow(/^x\.pth: expected a valid zip file/);
});
