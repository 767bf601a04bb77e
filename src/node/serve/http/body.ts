/** The body of a request: JSON of a size that is allowed. @module */
import type { IncomingMessage } from "node:http";
import { brief } from "../../../brief.ts";
import { ApiError } from "./api-error.ts";

/** So many bodies of the largest size may be on their way at once. */
const AT_ONCE = 8;

/** Reads bodies, and counts what is on its way. */
export class Bodies {
  readonly #most: number;
  readonly #timeout: number;
  #held = 0;

  /**
   * @param most bytes of one.
   * @param timeout milliseconds in which it has to come.
   */
  constructor(most: number, timeout: number) {
    this.#most = most;
    this.#timeout = timeout;
  }

  /**
   * The object that a body holds. A body that is refused may still be on its way.
   * @throws {ApiError} 413 if it is too large, 408 if it is too slow, 415 if it is not said to be JSON, 400 if it is none.
   */
  async read(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
    const kind = request.headers["content-type"] ?? "";
    // A page of another origin may send other types without being asked first.
    if (!/^application\/json\s*(;|$)/i.test(kind)) {
      const got = kind === "" ? "no content-type" : brief(kind);
      const message = `the body must be sent as "content-type: application/json", got ${got}`;
      throw new ApiError(415, "unsupported_media_type", message);
    }
    if (Number(request.headers["content-length"] ?? 0) > this.#most) throw this.#tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(() => reject(this.#tooSlow()), this.#timeout);
        request.on("close", () => {
          clearTimeout(late);
          reject(new Error("the client has hung up")); // of no use once it has ended
        });
        request.on("end", resolve);
        request.on("error", reject);
        request.on("data", (chunk: Buffer) => {
          size += chunk.length;
          this.#held += chunk.length;
          const isTooMuch = this.#held > AT_ONCE * this.#most;
          if (size > this.#most) reject(this.#tooLarge());
          else if (isTooMuch) reject(tooMany());
          else chunks.push(chunk);
        });
      });
      return parsed(Buffer.concat(chunks));
    } finally {
      request.removeAllListeners("data").pause();
      this.#held -= size;
    }
  }

  #tooSlow(): ApiError {
    const seconds = this.#timeout / 1000;
    return new ApiError(408, "too_slow", `the body did not come within ${seconds} s`);
  }

  #tooLarge(): ApiError {
    const message = `the body is larger than ${this.#most} bytes; send fewer prompts at once`;
    return new ApiError(413, "body_too_large", message);
  }
}

function tooMany(): ApiError {
  const headers = { "retry-after": "1" };
  return new ApiError(429, "too_many_bodies", "too many large requests at once", { headers });
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? brief(error.message) : "it is not UTF-8";
    throw new ApiError(400, "invalid_json", `the body is not JSON: ${why}`);
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Readonly<Record<string, unknown>>;
  }
  throw new ApiError(400, "invalid_json", `the body must be a JSON object, got ${brief(body)}`);
}
