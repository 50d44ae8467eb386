/** `node:crypto` for a worker of the studio, which needs results at once: the browser's own digests are promises. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

interface Hash {
  update(content: string | Uint8Array): Hash;
  digest(encoding: "hex" | "base64"): string;
}

/** SHA-256. */
export function createHash(): Hash {
  const hash = sha256.create();
  return {
    update(content) {
      hash.update(typeof content === "string" ? new TextEncoder().encode(content) : content);
      return this;
    },
    digest(encoding) {
      const bytes = hash.digest();
      return encoding === "hex" ? bytesToHex(bytes) : btoa(String.fromCharCode(...bytes));
    },
  };
}

/** Random bytes that can be written as hexadecimal digits. */
export function randomBytes(length: number): { toString(): string } {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return { toString: () => bytesToHex(bytes) };
}
