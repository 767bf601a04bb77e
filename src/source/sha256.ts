/**
 * SHA-256 (FIPS 180-4), without waiting: `crypto.subtle` answers later, and takes no pieces.
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** SHA-256 of a text in UTF-8, in hexadecimal digits. */
export function sha256Hex(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

/** SHA-256 of bytes and texts that come a piece at a time. */
export class RunningSha256 {
  readonly #hash: ReturnType<typeof sha256.create> = sha256.create();

  /** Adds a piece; a text in UTF-8. */
  update(piece: Uint8Array | string): void {
    this.#hash.update(typeof piece === "string" ? utf8ToBytes(piece) : piece);
  }

  /** The hash of all pieces, in hexadecimal digits. Nothing can be added after it. */
  digest(): string {
    return bytesToHex(this.#hash.digest());
  }
}
