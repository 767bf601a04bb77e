/**
 * How often a request is tried again, and how long to wait before. See request.ts for a single attempt.
 * @module
 */
import type { Refusals } from "../../errors.ts";
import { AttemptFailed, causesOf, type RequestOptions } from "./request.ts";
import { after } from "./timer.ts";

/** Counts the failures of one request, or of all the requests that a file takes. */
export interface Retrying {
  /** Bytes came: the next failure counts as the first again. */
  reset(): void;
  /**
   * Waits before the next attempt.
   * @param failure is thrown on unless it is an {@link AttemptFailed}.
   * @throws {SourceError} if there were too many.
   * @throws the signal's reason.
   */
  waitOrThrow(failure: unknown): Promise<void>;
}

/** Longest waits before a retry, in milliseconds: our own backoff, and what Retry-After may demand. */
const [LONGEST, LONGEST_ASKED] = [30_000, 300_000];

const LATER = "check the connection, or try again later";

/** @param expected as in "expected bytes 5 to 9, got 503 Service Unavailable". */
export function retrying(
  refuse: Refusals,
  expected: string,
  { signal, retries = 5, backoff = 500, unreachableHint: advice = LATER }: RequestOptions,
): Retrying {
  let failures = 0;
  let hasProgressed = false;
  return {
    reset() {
      failures = 0;
      hasProgressed = true;
    },
    async waitOrThrow(failure) {
      if (!(failure instanceof AttemptFailed)) throw failure;
      const { message, wait: asked, cause } = failure;
      const isTooLong = asked > LONGEST_ASKED;
      const most = !hasProgressed && isUnreachable(cause) ? Math.min(retries, 2) : retries;
      if (failures++ >= most || isTooLong) {
        const minutes = Math.ceil(asked / 60_000);
        const hint = isTooLong ? `the server asks to try again in ${minutes} minutes` : advice;
        const got = failures > 1 ? `${message} (${failures} times)` : message;
        throw refuse.source(undefined, expected, got, hint, cause);
      }
      const wait = Math.min(LONGEST, backoff * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      await pause(Math.max(wait, asked), signal);
    },
  };
}

/** Whether no server was reached: then retrying rarely helps. The last two codes are undici's: a proxy refused. */
function isUnreachable(error: unknown): boolean {
  const codes = ["ENOTFOUND", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"];
  codes.push("UND_ERR_ABORTED", "UND_ERR_PRX_TLS");
  return causesOf(error).some((cause) => {
    const { code } = cause as { code?: unknown };
    return codes.includes(String(code)) || cause.message === "bad port";
  });
}

/** Resolves after `wait` milliseconds. */
function pause(wait: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      cancel();
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const cancel = after(wait, end);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}
