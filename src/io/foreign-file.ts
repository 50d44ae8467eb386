/** Names files that hold no weights this product can read, by their content. */

interface ForeignKind {
  /** What the file is, after "got". */
  readonly kind: string;
  readonly advice: string;
}

const again = "Download the file itself.";
const unpack = "Unpack it, and use the .pth or .safetensors file in it.";
const fromKeras = "Convert its weights to PyTorch's names and order of axes, and save them as .safetensors.";
const saveState = "Save its state_dict() with torch.save, or with safetensors.torch.save_file.";

/** Kinds by the bytes at a place. */
const signatures: readonly (ForeignKind & { readonly at: number; readonly bytes: readonly number[] | string })[] = [
  { at: 0, bytes: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], kind: "an HDF5 file, as Keras writes (.h5)", advice: fromKeras },
  { at: 4, bytes: "TFL3", kind: "a TensorFlow Lite model (.tflite)", advice: fromKeras },
  { at: 0, bytes: "version https://git-lfs", kind: "a Git LFS pointer instead of the file", advice: 'Run "git lfs pull", or download the file itself.' },
  { at: 0, bytes: "GGUF", kind: "a GGUF file", advice: saveState },
  { at: 257, bytes: "ustar", kind: "a tar archive", advice: `${unpack} If PyTorch before 0.2 wrote it, load and save it with a newer one.` },
  { at: 0, bytes: [0x1f, 0x8b], kind: "a gzip archive", advice: unpack },
  { at: 0, bytes: "BZh", kind: "a bzip2 archive", advice: unpack },
  { at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], kind: "an xz archive", advice: unpack },
  { at: 0, bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], kind: "a 7z archive", advice: unpack },
  { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], kind: "a Zstandard archive", advice: unpack },
  { at: 0, bytes: "Rar!", kind: "a RAR archive", advice: unpack },
  { at: 0, bytes: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], kind: "a NumPy array (.npy)", advice: saveState },
  { at: 0, bytes: "PK\u0005\u0006", kind: "an empty zip archive", advice: again },
  { at: 0, bytes: "MATLAB 5", kind: "a MATLAB file (.mat)", advice: fromKeras },
  { at: 0, bytes: "%PDF", kind: "a PDF document", advice: "Name the file of weights." },
  { at: 0, bytes: [0x89, 0x50, 0x4e, 0x47], kind: "a PNG image", advice: "Name the file of weights." },
  { at: 0, bytes: [0xff, 0xd8, 0xff], kind: "a JPEG image", advice: "Name the file of weights." },
];

function startsAt(file: Uint8Array, at: number, bytes: readonly number[] | string): boolean {
  const wanted = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return wanted.every((byte, index) => file[at + index] === byte);
}

/** ONNX in protobuf: the version of its format, then a text or a graph. */
function isOnnx(file: Uint8Array): boolean {
  const [tag, version = 0, next = 0] = file;
  return tag === 0x08 && version > 0 && version < 32 && [0x12, 0x1a, 0x3a, 0x42].includes(next);
}

/** A map of texts in MessagePack: its length in the low bits of the first byte, then a text. */
function isMessagePack(file: Uint8Array): boolean {
  const [first = 0, second = 0] = file;
  return first > 0x80 && first < 0x90 && second > 0xa0 && second < 0xc0;
}

/** The first line of a text, such as a server's answer that was saved in place of a file; undefined if it is no text. */
function firstLine(file: Uint8Array): string | undefined {
  // No file of weights is a text: its first eight bytes hold a length or a mark.
  if (file.length < 8) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(0, 256), { stream: true });
    return /[^\P{Cc}\s]/u.test(text) ? undefined : text.trim().split("\n")[0]?.slice(0, 60).trim();
  } catch {
    return undefined;
  }
}

/** What a file is, and what to do; undefined if its content may be that of a file of weights. */
export function foreignKind(file: Uint8Array): ForeignKind | undefined {
  if (file.length === 0) return { kind: "an empty file", advice: "Copy it again." };
  const text = new TextDecoder("latin1").decode(file.subarray(0, 256)).trimStart().toLowerCase();
  if (/^<(!doctype|html|head|body|\?xml|!--)/.test(text)) return { kind: "an HTML page instead of the file", advice: again };
  if (isOnnx(file)) return { kind: "an ONNX model", advice: saveState };
  if (isMessagePack(file)) return { kind: "a MessagePack file, as Flax writes", advice: fromKeras };
  const known = signatures.find(({ at, bytes }) => startsAt(file, at, bytes));
  if (known) return known;
  const line = firstLine(file);
  if (line !== undefined) return { kind: `a text that begins with ${JSON.stringify(line)}`, advice: again };
  if (file.subarray(0, 512).every((byte) => byte === 0)) return { kind: "a file that begins with zeros, as after a broken download", advice: again };
  return undefined;
}

/** What a zip with these files is, if it is none of torch.save's; undefined if it may be one. */
export function foreignZip(names: readonly string[]): ForeignKind | undefined {
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  if (has(/^[^/]+\/(code\/|constants\.pkl$)/)) return { kind: "a TorchScript model", advice: saveState };
  if (has(/(^|\/)(archive_format|serialized_exported_program\.json|models\/model\.json)$/)) {
    return { kind: "an exported program of PyTorch (.pt2)", advice: saveState };
  }
  if (has(/(^|\/)model\.weights\.h5$/)) return { kind: "a Keras model (.keras)", advice: fromKeras };
  if (names.length > 0 && names.every((name) => name.endsWith(".npy"))) return { kind: "a NumPy archive (.npz)", advice: saveState };
  if (has(/(^|\/)data\.pkl$/)) return undefined;
  return { kind: `a zip archive of ${names.slice(0, 3).join(", ") || "nothing"}`, advice: unpack };
}
