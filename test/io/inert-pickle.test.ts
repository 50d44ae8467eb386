import { expect, test } from "vitest";
import { readPth } from "../../src/io/pth.js";
import { bytes, dict, int, pickle, pth, tensor, text } from "./pickle-bytes.js";

const four = Uint8Array.of(0, 0, 0x80, 0x3f);
const called = (name: string, ...args: readonly (number | string | Uint8Array)[]): Uint8Array => {
  const at = name.lastIndexOf(".");
  return bytes(`c${name.slice(0, at)}\n${name.slice(at + 1)}\n(`, ...args, "tR");
};
const latin1 = (value: string): Uint8Array => called("_codecs.encode", text(value), text("latin1"));

/** Values that a checkpoint has beside its weights, as PyTorch writes them; most are on its own list of safe names. */
const values: readonly (readonly [name: string, value: Uint8Array])[] = [
  ["a device", called("torch.device", text("cuda"), int(0))],
  ["a dtype", bytes("ctorch\nfloat32\n")],
  ["a dtype of older name", bytes("ctorch\nhalf\n")],
  ["a set", called("__builtin__.set", bytes("](", int(1), int(2), "e"))],
  ["a set of protocol 4", bytes(0x8f, "(", int(1), 0x90)],
  ["a Counter", called("collections.Counter", bytes("}(", int(1), int(2), "u"))],
  ["an OrderedDict made by NEWOBJ", bytes("ccollections\nOrderedDict\n)", 0x81)],
  ["a defaultdict", bytes(called("collections.defaultdict", "c__builtin__\nlist\n"), "(", text("k"), int(1), "u")],
  ["a numpy scalar", called("numpy.core.multiarray.scalar", called("numpy.dtype", text("f8"), 0x89, 0x88), latin1("12345678"))],
  ["a numpy scalar of numpy 2", called("numpy._core.multiarray.scalar", bytes("cnumpy.dtypes\nFloat64DType\n)R"), latin1("12345678"))],
  ["a numpy array", bytes(called("numpy.core.multiarray._reconstruct", "cnumpy\nndarray\n", bytes(int(0), 0x85), latin1("b")), "(", int(1), latin1("1234"), "tb")],
  ["a Namespace", bytes("cargparse\nNamespace\n)", 0x81, "}(", text("ngf"), int(64), "ub")],
  ["a path", called("pathlib.PosixPath", text("/"), text("data"))],
  ["a complex number", called("__builtin__.complex", int(1), int(2))],
  ["a slice", called("__builtin__.slice", int(1), int(2), "N")],
  ["a range", called("__builtin__.xrange", int(0), int(3), int(1))],
  ["a size", called("torch.Size", bytes(int(1), 0x85))],
  ["a memory format", called("torch.serialization._get_layout", text("torch.strided"))],
];

test.each(values)("%s beside the weights is ignored", async (_, value) => {
  const file = await pth(pickle("}(", text("extra"), value, text("state"), dict("a", tensor()), "u"), { 0: four });
  const { tensors } = await readPth(file, "x.pth");
  expect([...tensors.keys()]).toEqual(["state.a"]);
});

test("tensors in a defaultdict are read", async () => {
  const value = bytes(called("collections.defaultdict", "c__builtin__\nlist\n"), "(", text("a"), tensor(), "u");
  expect([...(await readPth(await pth(pickle(value), { 0: four }), "x.pth")).tensors.keys()]).toEqual(["a"]);
});

test("an expanded tensor, whose stride is 0, repeats its element", async () => {
  const file = await pth(pickle(dict("bias", tensor({ shape: [3], strides: [0] }))), { 0: four });
  const bias = (await readPth(file, "x.pth")).tensors.get("bias");
  expect([bias?.dtype, bias?.shape, ...(bias?.bytes ?? [])]).toEqual(["F32", [3], ...four, ...four, ...four]);
});
