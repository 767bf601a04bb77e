/**
 * A server's whole answer, where it is small and of unknown length, such as the JSON of an API.
 * @module
 */
import { type Refusals, refusals } from "../../errors.ts";
import { joinBytes } from "../bytes.ts";
import { publicUrl, type RequestOptions, refusal, request } from "./request.ts";
import { retrying } from "./retrying.ts";

/**
 * The body of an answer, of at most `most` bytes.
 * @throws {SourceError} if the server refuses, or keeps failing.
 * @throws {FormatError} if the answer is longer.
 * @throws {ArgumentError} if `url` is not a URL.
 * @throws the signal's reason.
 */
export async function fetchBytes(
  url: string,
  most: number,
  options: RequestOptions = {},
): Promise<Uint8Array> {
  const refuse = refusals("fetchBytes", publicUrl(url));
  const attempts = retrying(refuse, "an answer", options);
  for (;;) {
    try {
      const answer = await request(url, {}, options);
      try {
        if (answer.status !== 200) throw refusal(refuse, answer, options);
        return await whole(refuse, most, answer.body());
      } finally {
        answer.close();
      }
    } catch (error) {
      await attempts.waitOrThrow(error);
    }
  }
}

async function whole(
  refuse: Refusals,
  most: number,
  body: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) {
      throw refuse.format(undefined, `an answer of at most ${most} bytes`, "a longer answer");
    }
  }
  return joinBytes(chunks);
}
