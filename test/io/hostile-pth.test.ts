import { expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { readPth } from "../../src/io/pth.js";
import { bytes, dict, int, pickle, pth, tensor, text, uint32, zip } from "./pickle-bytes.js";

const four = new Uint8Array(4);
const sound = pickle(dict("a", tensor()));

test("the parts that the hostile files are made of make a sound one", async () => {
  const { tensors } = await readPth(await pth(sound, { 0: Uint8Array.of(0, 0, 0x80, 0x3f) }), "w");
  expect([...tensors]).toEqual([["a", { dtype: "F32", shape: [1], bytes: Uint8Array.of(0, 0, 0x80, 0x3f) }]]);
});

const call = (module: string, name: string, argument: string): Uint8Array =>
  pickle(`c${module}\n${name}\n`, text(argument), 0x85, "R");

/** 2^27 tensors through 27 lists that each hold the one before twice. */
const memoBomb = pickle(tensor(), "q", 0, ...Array.from({ length: 27 }, (_, i) => bytes("](h", i, "h", i, "eq", i + 1)));

/** Appends number 0 of the memo to a list so many times. */
const append = (count: number): Uint8Array => bytes("(", "h\0".repeat(count), "e");

test("a long name over many references takes no time", async () => {
  const file = await pth(pickle(tensor(), "q", 0, dict("k".repeat(2 ** 20), bytes("]", append(1500)))), { 0: four });
  await expect(readPth(file, "x.pth")).rejects.toThrow(/^x\.pth: expected tensors with names of at most 1000 characters, got one of 1048578, "k{40}…"/);
});

test("a list that holds itself many times takes no memory", async () => {
  const file = await pth(pickle("]q", 0, append(380_000)));
  const before = process.memoryUsage().rss;
  await expect(readPth(file, "x.pth")).rejects.toThrow(/at most 32 deep/);
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});

test.each([
  ["os.system", call("os", "system", "touch /tmp/owned"), /got the global "os\.system" at byte \d+.*Nothing was run\. If you trust the file, save only its state_dict\(\) with PyTorch; if not, delete it\.$/],
  ["posix.system", call("posix", "system", "id"), /got the global "posix\.system"/],
  ["eval", call("builtins", "eval", "1+1"), /got the global "builtins\.eval"/],
  ["Python 2's eval", call("__builtin__", "eval", "1+1"), /got the global "__builtin__\.eval"/],
  ["torch.load itself", call("torch", "load", "x"), /got the global "torch\.load"/],
  ["a name from the stack", pickle(text("os"), text("system"), 0x93), /got the global "os\.system"/],
  ["a prototype's name", call("__proto__", "constructor", ""), /got the global "__proto__\.constructor"/],
  ["a storage called", pickle("ctorch\nFloatStorage\n)R"), /expected a call that makes a tensor or a container/],
  ["a class made by NEWOBJ", pickle("cos\nsystem\n)", 0x81), /got the global "os\.system"/],
  ["INST", pickle("(ios\nsystem\n"), /got 0x69 at byte/],
  ["an extension code", pickle(0x82, 1), /got 0x82 at byte/],
  ["a call of what is no name", pickle(text("os.system"), ")R"), /expected a known name to call/],
  ["attributes of a tensor", pickle(tensor(), "}b"), /expected a dict with attributes/],
  ["deep nesting", pickle("]".repeat(50_000), "a".repeat(49_999)), /in containers at most 32 deep, got more/],
  ["a dict in itself", pickle("}q", 0, text("a"), "h", 0, "s"), /at most 32 deep/],
  ["a memo bomb", memoBomb, /expected at most 200000 values/],
  ["an instruction that torch.save does not write", pickle("N0"), /got 0x30/],
  ["400000 instructions", pickle("N".repeat(400_001)), /at most 400000 instructions/],
  ["a text of 4 GB", pickle("X", uint32(2 ** 32 - 1)), /expected a text of at most 1048576 bytes/],
  ["an integer of 4 GB", pickle(0x8b, uint32(2 ** 32 - 1)), /expected an integer of at most 16 bytes/],
  ["an empty stack", pickle("a"), /empty stack/],
  ["a mark that is not there", pickle("t"), /expected a mark/],
  ["a memo that is not there", pickle("h", 7), /number 7, which it has not/],
  ["no tensor", pickle("}"), /expected a dict of named tensors, got a dict of 0/],
  ["one tensor", pickle(tensor()), /got one tensor/],
  ["no end", bytes(0x80, 2, "}"), /expected 1 more bytes/],
  ["10⁹ elements of 4 bytes", pickle(dict("a", tensor({ elements: 1e9, shape: [1e9] }))), /got 4000000000 bytes of them/],
  ["a view past its storage", pickle(dict("a", tensor({ shape: [2] }))), /: a: expected a tensor within the 1 elements of its storage "0"/],
  ["an offset past its storage", pickle(dict("a", tensor({ offset: 1 }))), /up to element 1/],
  ["a negative offset", pickle(dict("a", tensor({ offset: -1 }))), /: a: expected an offset of 0 or more, got -1/],
  ["a negative stride", pickle(dict("a", tensor({ strides: [-1] }))), /: a: expected a stride of 0 or more, got -1/],
  ["a negative size", pickle(dict("a", tensor({ shape: [-1] }))), /: a: expected a size of 0 or more, got -1/],
  ["a stride of 0", pickle(dict("a", tensor({ shape: [1e9], strides: [0] }))), /expected tensors that share their 4 bytes at most 4 times, got 4000000000/],
  ["a shape of 10⁹ × 10⁹", pickle(dict("a", tensor({ shape: [1e9, 1e9], strides: [1e9, 1] }))), /within the 1 elements/],
  ["65 axes", pickle(dict("a", tensor({ shape: Array(65).fill(1), strides: Array(65).fill(1) }))), /at most 16 axes/],
  ["a storage of an odd type", pickle(dict("a", tensor({ type: "ComplexFloatStorage" }))), /got a tensor of complex numbers, which no network here has/],
  ["a storage of no type", pickle(dict("a", tensor({ type: "OddStorage" }))), /got the global "torch\.OddStorage"/],
  ["a tensor of 8-bit floats", call("torch._utils", "_rebuild_tensor_v3", "x"), /got a tensor of a type that is not read, such as an 8-bit float\. Save it as float32/],
  ["a quantized tensor", call("torch._utils", "_rebuild_qtensor", "x"), /got a quantized tensor\. Save tensor\.dequantize\(\)/],
  ["a sparse tensor", call("torch._utils", "_rebuild_sparse_tensor", "x"), /got a sparse tensor\. Save tensor\.to_dense\(\)/],
  ["a tensor of another device", call("torch._utils", "_rebuild_device_tensor_from_numpy", "x"), /got a tensor without plain values\. Save tensor\.cpu\(\)/],
  ["a storage that is not there", pickle(dict("a", tensor({ key: "../../etc/passwd" }))), /"data\/\.\.\/\.\.\/etc\/passwd" in the zip, got none/],
  ["a number as persistent id", pickle(int(1), "Q"), /expected the persistent id of a storage, got 1/],
])("%s is refused", async (_, content, message) => {
  const reading = readPth(await pth(content, { 0: four }), "x.pth");
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toThrow(CheckpointError);
  await expect(reading).rejects.toThrow(/^x\.pth/);
});

test("a zip bomb is refused before it is unpacked", async () => {
  const elements = 5e6;
  const content = pickle(dict("a", tensor({ elements, shape: [elements] })));
  const bomb = await zip({ "a/data.pkl": content, "a/data/0": new Uint8Array(4 * elements) }, 9);
  expect(bomb.length).toBeLessThan(4e4);
  await expect(readPth(bomb, "x.pth")).rejects.toThrow(/expected at most \d+ bytes in "data\/0" of the zip, got 20000000/);
});

test("a zip whose files overlap is refused", async () => {
  const file = await pth(sound, { 0: four, 1: four });
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // The central directory's entries have the signature 0x02014b50 and the place of the file at byte 42.
  const places = Array.from({ length: file.length - 46 }, (_, at) => at).filter((at) => view.getUint32(at, true) === 0x02014b50);
  expect(places).toHaveLength(3);
  const [first = 0, second = 0] = places;
  view.setUint32(second + 42, view.getUint32(first + 42, true), true);
  await expect(readPth(file, "x.pth")).rejects.toThrow(/^x\.pth: .*valid zip file/);
});

test("a changed byte is found by its checksum", async () => {
  const file = await pth(sound, { 0: Uint8Array.of(9, 8, 7, 6) });
  const at = file.findIndex((byte, index) => byte === 9 && file[index + 1] === 8 && file[index + 2] === 7 && file[index + 3] === 6);
  file[at] = 1;
  await expect(readPth(file, "x.pth")).rejects.toThrow(/^x\.pth: data\/0: expected a valid zip file/);
});

test.each([
  ["no pickle", { "a/data/0": four }, /got a zip archive of a\/data\/0\. Unpack it/],
  ["two pickles", { "a/data.pkl": sound, "b/data.pkl": sound }, /got 2/],
  ["big-endian values", { "a/data.pkl": sound, "a/byteorder": bytes("big"), "a/data/0": four }, /expected little-endian values, got "big"/],
  ["a storage cut short", { "a/data.pkl": sound, "a/data/0": new Uint8Array(3) }, /expected 4 bytes in storage "0", got 3/],
  ["a storage too long", { "a/data.pkl": sound, "a/data/0": new Uint8Array(5) }, /expected at most 4 bytes in "data\/0"/],
])("a zip with %s is refused", async (_, files, message) => {
  await expect(readPth(await zip(files), "x.pth")).rejects.toThrow(message);
});
