/** `node:fs/promises` for a worker of the studio. */
import * as fs from "./fs.js";

export interface FileHandle {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly buffer: Uint8Array; readonly bytesRead: number }>;
  close(): Promise<void>;
}

export async function open(path: string): Promise<FileHandle> {
  const descriptor = fs.openSync(path);
  return {
    async read(buffer, offset, length, position) {
      return { buffer, bytesRead: fs.readSync(descriptor, buffer, offset, length, position) };
    },
    close: async () => fs.closeSync(descriptor),
  };
}

export async function readFile(path: string, encoding: "utf8"): Promise<string> {
  return fs.readFileSync(path, encoding);
}

export async function readdir(path: string): Promise<string[]>;
export async function readdir(path: string, options: { readonly withFileTypes: true }): Promise<fs.Dirent[]>;
export async function readdir(path: string, options?: { readonly withFileTypes: true }): Promise<(string | fs.Dirent)[]> {
  return options ? fs.readdirSync(path, options) : fs.readdirSync(path);
}

export async function stat(path: string): Promise<fs.Stats> {
  return fs.statSync(path);
}
