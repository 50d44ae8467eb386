import { describe, expect, test } from "vitest";
import { readWeightBytes } from "../../src/io/read-weight-bytes.js";
import { bytes, zip } from "./pickle-bytes.js";

const filler = new Uint8Array(400).fill(7);
const files: readonly (readonly [kind: string, content: Uint8Array])[] = [
  ["an empty file", new Uint8Array()],
  ["an HTML page instead of the file", bytes("\n  <!DOCTYPE html><html>not found</html>")],
  ["an HTML page instead of the file", bytes("<html lang=en>")],
  ["a Git LFS pointer instead of the file", bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 45\n")],
  ["an HDF5 file, as Keras writes (.h5)", bytes(0x89, "HDF\r\n", 0x1a, "\n", filler)],
  ["an ONNX model", bytes(8, 8, 0x12, 7, "pytorch", filler)],
  ["a TensorFlow Lite model (.tflite)", bytes(0x1c, 0, 0, 0, "TFL3", filler)],
  ["a MessagePack file, as Flax writes", bytes(0x81, 0xa6, "params", filler)],
  ["a tar archive", bytes("weights.pth", new Uint8Array(246), "ustar", filler)],
  ["a gzip archive", bytes(0x1f, 0x8b, filler)],
  ["a 7z archive", bytes("7z", 0xbc, 0xaf, 0x27, 0x1c, filler)],
  ["a NumPy array (.npy)", bytes(0x93, "NUMPY", filler)],
  ["an empty zip archive", bytes("PK", 5, 6, new Uint8Array(18))],
  ["a PDF document", bytes("%PDF-1.4\n", filler)],
  ['a text that begins with "{\\"error\\":\\"Repository not found\\"}"', bytes('{"error":"Repository not found"}')],
  ['a text that begins with "Not found"', bytes("\r\nNot found\r\n")],
  ['a text that begins with "Zugriff für Fremde verboten"', new TextEncoder().encode(`Zugriff für Fremde verboten\n${"ü".repeat(300)}`)],
  ["a file that begins with zeros, as after a broken download", new Uint8Array(5000)],
  ["a PNG image", bytes(0x89, "PNG\r\n", filler)],
];

describe.each(["weights.pth", "weights.safetensors", "weights.h5", "weights"])("as %s", (name) => {
  test.each(files)("%s is named for what it is, with advice", async (kind, content) => {
    await expect(readWeightBytes(content, name)).rejects.toThrow(`${name}: expected PyTorch's .pth or .safetensors, got ${kind}. `);
  });

  test.each([
    ["a TorchScript model", ["net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"]],
    ["an exported program of PyTorch (.pt2)", ["net/archive_format", "net/data/weights/0"]],
    ["a Keras model (.keras)", ["config.json", "metadata.json", "model.weights.h5"]],
    ["a NumPy archive (.npz)", ["a.npy", "b.npy"]],
    ["a zip archive of horse2zebra.pth", ["horse2zebra.pth"]],
  ])("%s, a zip, too", async (kind, names) => {
    const content = await zip(Object.fromEntries(names.map((entry) => [entry, filler])));
    await expect(readWeightBytes(content, name)).rejects.toThrow(`${name}: expected PyTorch's .pth or .safetensors, got ${kind}. `);
  });
});
