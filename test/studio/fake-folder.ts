/** A folder of the origin private file system in memory, whose process may end at any of its changes. */

/** What ends a process in the middle of its work. */
export class Killed extends Error {}

class FakeFile {
  bytes = new Uint8Array();
  readonly folder: FakeFolder;
  readonly name: string;

  constructor(folder: FakeFolder, name: string) {
    this.folder = folder;
    this.name = name;
  }

  async getFile(): Promise<File> {
    return new File([this.bytes.slice()], this.name);
  }

  async createSyncAccessHandle(): Promise<object> {
    return {
      truncate: (size: number) => this.folder.change(() => (this.bytes = this.bytes.slice(0, size))),
      write: (bytes: Uint8Array) => {
        // A process that ends here has written a part.
        this.folder.change(() => (this.bytes = bytes.slice()), () => (this.bytes = bytes.slice(0, bytes.length / 2)));
        return bytes.length;
      },
      flush: () => {},
      close: () => {},
    };
  }
}

export class FakeFolder {
  readonly files = new Map<string, FakeFile>();
  /** Changes until the process ends. */
  left = Infinity;

  /** A handle, as the code under test expects it. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  change(work: () => void, half = (): void => {}): void {
    if (this.left-- > 0) return work();
    if (this.left === -1) half();
    throw new Killed();
  }

  async *keys(): AsyncGenerator<string> {
    yield* this.files.keys();
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    if (!this.files.has(name)) {
      if (!create) throw new DOMException(name, "NotFoundError");
      this.change(() => this.files.set(name, new FakeFile(this, name)));
    }
    return this.files.get(name)!;
  }

  async removeEntry(name: string): Promise<void> {
    this.change(() => this.files.delete(name));
  }
}
