/**
 * Lines of a stream of bytes. node:readline also ends a line at U+2028, which may stand in a JSON
 * string, and it hides which line was not UTF-8.
 * @module
 */

const NEWLINE = 0x0a;

/**
 * The lines of `chunks`, without their newlines, in groups: those that each chunk completes. So who
 * answers group by group answers as soon as possible, and not line by line when there are thousands.
 */
export async function* lineGroups(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let begun: Uint8Array[] = [];
  for await (const chunk of chunks) {
    const lines: Uint8Array[] = [];
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      lines.push(concatenate([...begun, chunk.subarray(begin, end)]));
      begun = [];
      begin = end + 1;
    }
    if (begin < chunk.length) begun.push(chunk.slice(begin));
    if (lines.length > 0) yield lines;
  }
  if (begun.length > 0) yield [concatenate(begun)]; // a last line without a newline
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
