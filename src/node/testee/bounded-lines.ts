/**
 * Lines of a stream that may never end one.
 * @module
 */
import { joinBytes } from "../../source/bytes.ts";

const NEWLINE = 0x0a;

/** Cuts bytes into lines as they come, and keeps the last, which has not ended yet. */
export class BoundedLines {
  #begun: Uint8Array[] = [];
  #length = 0;

  /** Bytes of the line that has not ended. */
  get length(): number {
    return this.#length;
  }

  /** The lines that `chunk` ends, without their newlines. They are made one at a time: a chunk may end thousands. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      this.#keep(chunk.subarray(begin, end));
      begin = end + 1;
      yield this.take();
    }
    if (begin < chunk.length) this.#keep(chunk.subarray(begin));
  }

  /** What has come of the line that has not ended, which begins anew. */
  take(): Uint8Array {
    const line = joinBytes(this.#begun);
    this.#begun = [];
    this.#length = 0;
    return line;
  }

  #keep(part: Uint8Array): void {
    this.#begun.push(part);
    this.#length += part.length;
  }
}
