import { readFileSync, readdirSync } from "node:fs";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js/index-native.js";
import { CheckpointError } from "../../src/errors.js";
import { bytesOf } from "../../src/io/dtype.js";
import { readWeightBytes } from "../../src/io/read-weight-bytes.js";
import { recognise } from "../../src/models/networks/recognise.js";
import { Random } from "../../src/random.js";
import { zip } from "../io/pickle-bytes.js";
import { mutate } from "./mutate.js";

const folder = new URL("../reference/", import.meta.url);
const files = ["weights.safetensors", ...readdirSync(new URL("weights/", folder)).map((name) => `weights/${name}`)].toSorted();
const seeds = new Map(files.map((name) => [name.replace("weights/", ""), readFileSync(new URL(name, folder))]));
const names = [...seeds.keys()];

/** Where the headers and pickles are: behind it lie the values, of which any bytes are as good as others. */
const HEAD_BYTES = 4096;

/** A pickle is a program: with many changes it hardly gets beyond the first. */
const MOST_CHANGES = 2;

/** A zip whose files were damaged before they were put together, so that their checksums are right. */
async function damageInside(file: Buffer, other: Buffer, random: Random): Promise<Uint8Array> {
  const parts: Record<string, Uint8Array> = {};
  for (const entry of await new ZipReader(new Uint8ArrayReader(file)).getEntries()) {
    if (entry.directory) continue;
    const content = Buffer.from(await entry.getData(new Uint8ArrayWriter(), { useWebWorkers: false }));
    const damages = entry.filename.endsWith("data.pkl") || (content.length > 0 && random.uniform() < 0.02);
    parts[entry.filename] = damages ? mutate(content, other, random, MOST_CHANGES) : content;
  }
  return zip(parts);
}

/** The same number gives the same damaged file. */
export async function damagedWeights(number: number): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const random = new Random(number).stream("weights");
  const pick = (): string => names[Math.floor(random.uniform() * names.length)] ?? "";
  const name = pick();
  const [file, other] = [seeds.get(name) ?? Buffer.alloc(1), seeds.get(pick()) ?? Buffer.alloc(1)];
  const isZip = file[0] === 0x50;
  const place = random.uniform();
  if (isZip && place < 0.6) return { name, bytes: await damageInside(file, other, random) };
  // A zip's directory is at its end.
  if (isZip && place < 0.8) {
    const from = Math.max(0, file.length - HEAD_BYTES);
    return { name, bytes: Buffer.concat([file.subarray(0, from), mutate(file.subarray(from), other, random, MOST_CHANGES)]) };
  }
  if (place < 0.8) return { name, bytes: Buffer.concat([mutate(file.subarray(0, HEAD_BYTES), other, random, MOST_CHANGES), file.subarray(HEAD_BYTES)]) };
  return { name, bytes: mutate(file, other, random) };
}

interface Answer {
  readonly outcome: "read" | "refused" | "broken";
  readonly message: string;
}

/** Whether the readers end with whole tensors or with a CheckpointError of one line that names the file. */
export async function readDamaged({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }): Promise<Answer> {
  const path = `damaged/${name}`;
  try {
    const { tensors } = await readWeightBytes(bytes, path);
    recognise(tensors);
    const odd = [...tensors].find(([, { dtype, shape, bytes: values }]) => {
      return values.length !== shape.reduce((product, size) => product * size, bytesOf(dtype));
    });
    return odd ? { outcome: "broken", message: `${odd[0]} is not complete` } : { outcome: "read", message: "" };
  } catch (error) {
    const named = error instanceof CheckpointError && error.message.startsWith(path);
    return { outcome: named ? "refused" : "broken", message: String(error) };
  }
}
