/**
 * Lines of a stream of bytes. node:readline also ends a line at U+2028, which may stand in a JSON
 * string, and does not tell which line was not UTF-8.
 * @module
 */

import { joinBytes } from "./bytes.ts";

const NEWLINE = 0x0a;

/**
 * The lines of `chunks`, without their newlines, in groups: the lines that a chunk completes. A caller who
 * answers a group at a time answers as soon as possible, and thousands of lines at once where they come so.
 */
export async function* lineGroups(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let begun: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const lines: Uint8Array[] = [];
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      lines.push(joinBytes([...begun, chunk.subarray(begin, end)]));
      begun = [];
      begin = end + 1;
    }
    if (begin < chunk.length) begun.push(chunk.slice(begin));
    if (lines.length > 0) yield lines;
  }
  if (begun.length > 0) yield [joinBytes(begun)]; // a last line without a newline
}
