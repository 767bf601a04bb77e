/**
 * What a server says, whole: a small answer of a length that is not known before, such as the JSON of an API.
 * @module
 */
import { FormatError } from "../../errors.ts";
import { ask, patience, publicUrl, type RequestOptions, refusal } from "./request.ts";

const op = "fetchBytes";

/**
 * The body of an answer, of at most `most` bytes.
 * @throws {ArgumentError} if the server refuses.
 * @throws {FormatError} if the answer is longer.
 * @throws {SourceError} if the server keeps failing.
 * @throws the signal's reason.
 */
export async function fetchBytes(
  url: string,
  most: number,
  options: RequestOptions = {},
): Promise<Uint8Array> {
  const patient = patience(op, url, "an answer", options);
  for (;;) {
    try {
      const answer = await ask(url, {}, options);
      try {
        if (answer.status !== 200) throw refusal(op, url, answer, options);
        return await whole(url, most, answer.body());
      } finally {
        answer.close();
      }
    } catch (error) {
      await patient.afterFailure(error);
    }
  }
}

async function whole(
  url: string,
  most: number,
  body: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) {
      const expected = `an answer of at most ${most} bytes`;
      throw new FormatError({ op, file: publicUrl(url), expected, got: "more" });
    }
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
