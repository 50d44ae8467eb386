import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** An image's bytes as far as unpacking looks at them, different for every number. */
export function content(number: number): Uint8Array {
  return new TextEncoder().encode(`image ${number} `.repeat(40));
}

/** Paths and contents of a data set of two domains as the reference packs it, below a folder of its own. */
export const domains: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  ["trainA/1.jpg", "trainA/2.jpg", "trainB/1.jpg", "testA/1.jpg", "testB/1.jpg"].map((path, index) => [`horse2zebra/${path}`, content(index)]),
);

/** A zip of these files; `symlink`: the path that is a link. */
export async function zipOf(files: Readonly<Record<string, Uint8Array>>, { symlink = "", level = 0 } = {}): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, level });
  for (const [name, bytes] of Object.entries(files)) {
    await writer.add(name, new Uint8ArrayReader(bytes), name === symlink ? { unixMode: 0o120777 } : {});
  }
  return writer.close();
}

interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly type?: "File" | "Directory" | "SymbolicLink" | "Link" | "CharacterDevice";
  readonly linkpath?: string;
}

/** A tar archive, not compressed, of exactly these entries. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const entries = files.flatMap(({ path, bytes, type = "File", linkpath = "" }) => {
    const block = Buffer.alloc(512);
    new Header({ path, type, linkpath, size: bytes.length, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }).encode(block, 0);
    return [block, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

/** A tar.gz of these files. */
export function tarGzOf(files: Readonly<Record<string, Uint8Array>>): Buffer {
  return gzipSync(tarOf(Object.entries(files).map(([path, bytes]) => ({ path, bytes }))));
}
