/** What TypeScript's DOM lacks because only workers have it. */
interface FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

declare const FileReaderSync: { new (): FileReaderSync };

/** A file of the origin private file system, open for writing in place. */
interface FileSystemSyncAccessHandle {
  write(buffer: Uint8Array, options?: { readonly at?: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}
