/** The weights of a generator, on their way from the Train page to the Translate page. */
import type { GivenFile } from "./given-file.js";

/** What the address of the Translate page ends in if weights wait for it: the size of what they were trained on. */
const MARK = /^#trained-(\d{1,5})$/;

/** Weights that were handed over. */
export interface HandedOver {
  readonly weights: GivenFile;
  /** Side of the squares that they were trained on, in pixels. */
  readonly size: number;
}

function folder(): Promise<FileSystemDirectoryHandle> {
  return navigator.storage.getDirectory().then((root) => root.getDirectoryHandle("cyclegan-handed-over", { create: true }));
}

async function namesIn(place: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of place.keys()) names.push(name);
  return names;
}

/** Stores the weights, and opens the Translate page, which takes them. */
export async function handOver(file: Blob, name: string, size: number): Promise<void> {
  const place = await folder();
  for (const old of await namesIn(place)) await place.removeEntry(old);
  const writable = await (await place.getFileHandle(name, { create: true })).createWritable();
  await writable.write(file);
  await writable.close();
  location.assign(`index.html#trained-${size}`);
}

/** The weights that were handed over to this page; undefined if there are none. */
export async function handedOver(): Promise<HandedOver | undefined> {
  const size = MARK.exec(location.hash)?.[1];
  if (size === undefined) return undefined;
  const place = await folder();
  const [name] = await namesIn(place);
  if (name === undefined) return undefined;
  return { weights: { path: name, file: await (await place.getFileHandle(name)).getFile() }, size: Number(size) };
}
