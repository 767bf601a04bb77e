/**
 * One HTTP request, sent once; retrying.ts says how often. HTTP: RFC 9110; `fetch`: https://fetch.spec.whatwg.org.
 * Everything that waits here ends when the caller's signal is aborted, and leaves no timer, no listener on
 * that signal, and no open connection.
 * @module
 */
import { GemmaError, type Refusals, refusals } from "../../errors.ts";
import type { OptionNames } from "../../options.ts";
import { after } from "./timer.ts";

/** How every request is sent. */
export interface HttpOptions {
  /**
   * Sent with each request, as `{ authorization: "Bearer ..." }`. Where a redirect leads to another host
   * or port, fetch leaves out `authorization` and `cookie`, and no other header.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many failures in a row, without a byte between them, are followed by a new attempt. Default 5. */
  readonly retries?: number;
  /** Milliseconds without a byte after which a connection counts as stalled. Default 30,000. */
  readonly stallTimeout?: number;
  /**
   * Milliseconds before the second attempt, give or take a quarter; doubled for each further one up to
   * 30 s. A server that says when to come back (Retry-After) is obeyed. Default 500.
   */
  readonly backoff?: number;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export const HTTP_NAMES: OptionNames<HttpOptions> = {
  headers: true,
  retries: true,
  stallTimeout: true,
  backoff: true,
  fetch: true,
};

/** Options of one request. */
export interface RequestOptions extends HttpOptions {
  readonly signal?: AbortSignal;
  /** A better error than the usual one for an answer that no new attempt will change. */
  readonly refusal?: (status: number, headers: Headers) => GemmaError | undefined;
  /** The next step, where the server keeps failing. Default: to check the connection, or to try again later. */
  readonly unreachableHint?: string;
}

export const REQUEST_NAMES: OptionNames<RequestOptions> = {
  ...HTTP_NAMES,
  signal: true,
  refusal: true,
  unreachableHint: true,
};

/** An answer whose headers are there. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The body as it comes. Leaving the loop closes the connection.
   * @throws {AttemptFailed} if it breaks off or stalls.
   */
  body(): AsyncGenerator<Uint8Array>;
  /** Closes the connection, if the body is still on its way. */
  close(): void;
}

/** An attempt that failed, where a new one may succeed. Never leaves this library: see retrying.ts. */
export class AttemptFailed extends Error {
  override readonly name: string = "AttemptFailed";
  /** Milliseconds that the server asked to wait. */
  readonly wait: number;

  constructor(message: string, { wait = 0, cause }: { wait?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.wait = wait;
  }
}

/**
 * The URL for error messages, without its secrets: a user's name and password, and the query, which in
 * many stores signs the address of a file.
 * @throws as {@link parseUrl}.
 */
export function publicUrl(url: string): string {
  const { protocol, host, pathname } = parseUrl(url);
  return `${protocol}//${host}${pathname}`;
}

/** @throws {ArgumentError} if it is not an http(s) URL. In a page, it may be relative to the page. */
export function parseUrl(url: string): URL {
  const base = globalThis.location?.href;
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  // The text is not repeated: it may contain a password.
  const got = parsed ? `a URL with ${parsed.protocol}` : "something that is not a URL";
  throw refusals("parseUrl").argument("url", "an http(s) URL", got);
}

/**
 * Sends one request.
 * @throws {AttemptFailed} if there is no answer, or if it asks to try again: 408, 429 and 5xx.
 * @throws {ArgumentError} if `url` is not a URL, or a header cannot be sent.
 * @throws the error of this library with which `fetch` fails, and the signal's reason.
 */
export async function request(
  url: string,
  headers: Readonly<Record<string, string>>,
  options: RequestOptions,
): Promise<Answer> {
  const { signal, stallTimeout = 30_000, fetch = globalThis.fetch } = options;
  signal?.throwIfAborted();
  const [target, sent] = requestOf(url, { ...options.headers, ...headers });
  const connection = new AbortController();
  const abort = () => connection.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  const close = () => {
    signal?.removeEventListener("abort", abort);
    connection.abort(); // does nothing once the body has ended; the connection is then reused
  };
  /** Waits for `work`, but no longer than the connection may be silent. */
  async function next<T>(work: Promise<T>): Promise<T> {
    let isStalled = false;
    const cancel = after(stallTimeout, () => {
      isStalled = true;
      connection.abort();
    });
    try {
      return await work;
    } catch (cause) {
      const refused = causesOf(cause).find((error) => error instanceof GemmaError);
      if (refused) throw refused; // by a fetch of ours, as one that a proxy is wanted for
      const silence = `no byte for ${stallTimeout / 1000} s`;
      throw new AttemptFailed(isStalled ? silence : messageOf(cause), { cause });
    } finally {
      cancel();
      signal?.throwIfAborted(); // after an abort, its reason is the error, whatever else went wrong
    }
  }
  let response: Response;
  try {
    // A browser's own cache would fill with gigabytes, and put its If-Range to our ranges.
    const init = { headers: sent, signal: connection.signal, cache: "no-store" } as const;
    response = await next(fetch(target, init));
  } catch (error) {
    close();
    throw error;
  }
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) {
    close();
    throw new AttemptFailed(statusText(status), { wait: retryAfter(response.headers) });
  }
  async function* body() {
    try {
      const reader = response.body?.getReader();
      while (reader) {
        const { done, value } = await next(reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      close();
    }
  }
  return { status, headers: response.headers, body, close };
}

/** Expected of an address. */
export const READABLE = "a file that may be read";

/** The error for a status that is not a success. */
export function refusal(refuse: Refusals, answer: Answer, options: RequestOptions): GemmaError {
  const { status, headers } = answer;
  const access = "it may need credentials, an accepted licence, or a freshly signed address";
  const hint = status === 401 || status === 403 ? access : "check the address";
  const usual = refuse.source(undefined, READABLE, statusText(status), hint);
  return options.refusal?.(status, headers) ?? usual;
}

/** Encoded bytes are not the file's. Our requests say `identity`, which a server may ignore. */
export function assertPlain(refuse: Refusals, headers: Headers): void {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() === "identity") return;
  const hint = "download the file first, or have the server not compress it";
  throw refuse.unsupported(undefined, "the file's own bytes", `${encoding} encoding`, hint);
}

/** `fetch` takes no user and password in a URL: they go into a header. */
function requestOf(url: string, headers: Readonly<Record<string, string>>): [URL, Headers] {
  const target = parseUrl(url);
  const { username, password } = target;
  target.username = target.password = "";
  try {
    const sent = new Headers(headers);
    if ((username || password) && !sent.has("authorization")) {
      const utf8 = new TextEncoder().encode(decodeURIComponent(`${username}:${password}`));
      sent.set("authorization", `Basic ${btoa(String.fromCharCode(...utf8))}`);
    }
    // With a range, fetch adds it itself. Without a range a page cannot set it, and may get encoded bytes.
    if (!sent.has("range")) sent.set("accept-encoding", "identity");
    return [target, sent];
  } catch {
    // Without the cause, which quotes the header: it may be a token.
    const expected = "headers of printable characters";
    throw refusals("request").argument("headers", expected, "a character that cannot be sent");
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(headers: Headers): number {
  const text = headers.get("retry-after") ?? "";
  const wait = /^\d+$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  return Math.max(0, wait || 0);
}

/** An error and its causes: Node's fetch says "fetch failed", and why in its cause, or in the cause of that. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let next = error; next instanceof Error && causes.length < 9; next = next.cause) {
    causes.push(next);
  }
  return causes;
}

function messageOf(error: unknown): string {
  return causesOf(error).findLast(({ message }) => message !== "")?.message ?? String(error);
}

const TEXTS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  410: "Gone",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** HTTP/2 sends no words with a status, so here they are. */
function statusText(status: number): string {
  return [status, TEXTS[status]].filter(Boolean).join(" ");
}
