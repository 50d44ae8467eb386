import { describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { loadFloat32, readSafetensors, storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";

const two = new Map([
  ["model.1.weight", storeFloat32([2, 1, 1, 3], Float32Array.of(1, -2, 3.5, 4, 5, 6e-8))],
  ["model.1.bias", storeFloat32([2], Float32Array.of(7, 8))],
]);

/** A file of a given header text, with `values` bytes after it. */
function fileOf(header: string, values = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + values);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

describe("safetensors", () => {
  test("what is written is read back, in order", () => {
    const read = readSafetensors(writeSafetensors(two), "w");
    expect([...read.keys()]).toEqual(["model.1.weight", "model.1.bias"]);
    for (const [name, { shape, bytes }] of two) {
      expect(read.get(name)?.shape).toEqual(shape);
      expect(read.get(name)?.bytes).toEqual(bytes);
    }
    expect([...loadFloat32(storeFloat32([3], Float32Array.of(1, 2, Number.NaN)), "w")]).toEqual([1, 2, Number.NaN]);
  });

  test("the layout is the published one", () => {
    const file = writeSafetensors(new Map([["b", storeFloat32([1], Float32Array.of(1))]]));
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(header % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + header)))).toEqual({
      __metadata__: { format: "pt" },
      b: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    });
    expect([...file.subarray(8 + header)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  test("a file in the middle of a larger buffer is read in place", () => {
    const file = writeSafetensors(two);
    const larger = new Uint8Array(file.length + 5);
    larger.set(file, 3);
    const bias = readSafetensors(larger.subarray(3, 3 + file.length), "w").get("model.1.bias");
    expect(bias && [...loadFloat32(bias, "w")]).toEqual([7, 8]);
  });

  const entries = (a: readonly number[], b: readonly number[]): string =>
    JSON.stringify({ a: { dtype: "F32", shape: [1], data_offsets: a }, b: { dtype: "F32", shape: [1], data_offsets: b } });
  const sound = writeSafetensors(two);
  test.each([
    ["no header", new Uint8Array(3), /expected a safetensors file, got 3 bytes/],
    ["another format", new TextEncoder().encode("PK\u0003\u0004 a zip file"), /of another format/],
    ["cut short", sound.subarray(0, sound.length - 4), /cut short/],
    ["bytes too many", fileOf("{}", 4), /damaged/],
    ["no JSON", fileOf("{oops"), /expected JSON, got/],
    ["no object", fileOf("[]"), /expected a JSON object/],
    ["no offsets", fileOf('{"a":{"dtype":"F32","shape":[1]}}', 4), /a: expected a dtype, a shape/],
    ["shape against offsets", fileOf('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4), /that fit them/],
    ["negative size", fileOf('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[4,0]}}', 4), /that fit them/],
    ["unknown type", fileOf('{"a":{"dtype":"F7","shape":[1],"data_offsets":[0,4]}}', 4), /expected a known dtype such as F32, got "F7"/],
    ["an overlap", fileOf(entries([0, 4], [0, 4]), 4), /expected b right behind a, got 4 bytes that both have/],
    ["a hole", fileOf(entries([0, 4], [8, 12]), 12), /expected b right behind a, got a hole of 4 bytes/],
    ["a header that claims 2⁶³ bytes", new Uint8Array(16).fill(0x80, 7, 8), /header would not fit in its 16 bytes/],
    ["a shape of 10⁹ × 10⁹", fileOf('{"a":{"dtype":"F32","shape":[1e9,1e9],"data_offsets":[0,4]}}', 4), /that fit them/],
    ["a tensor of 10⁹ elements", fileOf('{"a":{"dtype":"U8","shape":[1e9],"data_offsets":[0,1000000000]}}', 4), /expected 1000000000 bytes/],
    ["one name twice", fileOf('{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', 1), /expected different names, got "a" twice/],
    ["deep nesting", fileOf(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`), /got an array/],
    ["text that is not UTF-8", fileOf("{\"\ufffd\":1}").map((byte) => (byte === 0xef ? 0xff : byte)), /expected a text in UTF-8/],
  ])("%s: a CheckpointError that names the file", (_, file, message) => {
    expect(() => readSafetensors(file, "x.safetensors")).toThrow(message);
    expect(() => readSafetensors(file, "x.safetensors")).toThrow(CheckpointError);
    expect(() => readSafetensors(file, "x.safetensors")).toThrow(/^x\.safetensors/);
  });

  test("values of 8-bit floats are refused by name", () => {
    const eight = { dtype: "F8_E4M3", shape: [2], bytes: new Uint8Array(2) };
    expect(() => loadFloat32(eight, "x: a")).toThrow("x: a: expected values of F64, F32, F16 or BF16, got F8_E4M3.");
  });
});

test("a header or a number of tensors beyond any network's is refused before it takes time", () => {
  const file = (header: string): Uint8Array => {
    const bytes = new TextEncoder().encode(header);
    const whole = new Uint8Array(8 + bytes.length);
    new DataView(whole.buffer).setBigUint64(0, BigInt(bytes.length), true);
    whole.set(bytes, 8);
    return whole;
  };
  const entry = '"":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
  const many = `{${Array.from({ length: 100_001 }, (_, index) => entry.replace('""', `"${index}"`)).join()}}`;
  expect(() => readSafetensors(file(many), "x")).toThrow("x: header: expected at most 100000 tensors, got 100001.");
  expect(() => readSafetensors(file(`{"${"n".repeat(8e6)}":1}`), "x")).toThrow("x: expected a header of at most 8000000 bytes, got 8000006.");
});
