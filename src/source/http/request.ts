/**
 * One HTTP request, and how often it is tried again. HTTP: RFC 9110; `fetch`: https://fetch.spec.whatwg.org.
 * Everything that waits here ends when the caller's signal is aborted, and leaves no timer, no listener on
 * that signal, and no open connection.
 * @module
 */
import { ArgumentError, type GemmaError, SourceError, UnsupportedError } from "../../errors.ts";

/** How a server is asked. */
export interface HttpOptions {
  /**
   * Sent with each request, as `{ authorization: "Bearer ..." }`. Where a redirect leads to another host
   * or port, fetch leaves out `authorization` and `cookie`, but no others.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many failures in a row, without a byte between them, are followed by another attempt. Default 5. */
  readonly retries?: number;
  /** Milliseconds without a byte after which a connection counts as stalled. Default 30,000. */
  readonly stallTimeout?: number;
  /**
   * Milliseconds before the second attempt, give or take a quarter; doubled for each further one up to
   * 30 s. A server that says when to come back (Retry-After) is obeyed. Default 500.
   */
  readonly backoff?: number;
  /** Instead of the global one. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions extends HttpOptions {
  readonly signal?: AbortSignal;
  /** A better error than the usual one for an answer that no other attempt will change. */
  readonly refusal?: (status: number, headers: Headers) => GemmaError | undefined;
}

/** An answer whose headers are there. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The body as it comes. Who leaves early closes the connection.
   * @throws {Failure} if it breaks off or stalls.
   */
  body(): AsyncGenerator<Uint8Array>;
  /** Closes the connection, if the body is still on its way. */
  close(): void;
}

/** An attempt that failed, where another may succeed. Never leaves this library: see {@link patience}. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  /** Milliseconds that the server asked to wait. */
  readonly wait: number;

  constructor(message: string, { wait = 0, cause }: { wait?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.wait = wait;
  }
}

/**
 * The URL without what may be secret in it: a user's name and password, and the query, which signs the
 * address of a file in many stores. For error messages.
 */
export function publicUrl(url: string): string {
  const { protocol, host, pathname } = parseUrl(url);
  return `${protocol}//${host}${pathname}`;
}

/** @throws {ArgumentError} if it is no http(s) URL. In a page, it may be relative to the page. */
export function parseUrl(url: string): URL {
  const base = globalThis.location?.href;
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  const got = parsed ? `one of ${parsed.protocol}` : "what is no URL"; // and may contain a password
  throw new ArgumentError({ op: "parseUrl", argument: "url", expected: "an http(s) URL", got });
}

/**
 * Asks once.
 * @throws {Failure} if there is no answer, or one that asks to try again: 408, 429 and 5xx.
 * @throws the signal's reason.
 */
export async function ask(
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
    connection.abort(); // of a body that is over, nothing: the connection serves the next request
  };
  /** What the connection gives next, or nothing for too long. */
  async function next<T>(work: Promise<T>): Promise<T> {
    let isStalled = false;
    const timer = setTimeout(() => {
      isStalled = true;
      connection.abort();
    }, stallTimeout);
    try {
      return await work;
    } catch (cause) {
      const silence = `no byte for ${stallTimeout / 1000} s`;
      throw new Failure(isStalled ? silence : messageOf(cause), { cause });
    } finally {
      clearTimeout(timer);
      signal?.throwIfAborted(); // who gave up is not told what else went wrong
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
    throw new Failure(statusText(status), { wait: retryAfter(response.headers) });
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

/** How patient one is: with a single request, or with all of those that a file takes. */
export interface Patience {
  /** Something came: the next failure counts as the first again. */
  reset(): void;
  /**
   * Waits before the next attempt.
   * @param failure what went wrong. All but a {@link Failure} is thrown on.
   * @throws {SourceError} if there were too many.
   */
  afterFailure(failure: unknown): Promise<void>;
}

/** The longest wait before an attempt that the server did not ask for, and that it may ask for. */
const [LONGEST, LONGEST_ASKED] = [30_000, 300_000];

/** @param expected what is asked for, as in "expected bytes 5 to 9, got 503 Service Unavailable". */
export function patience(
  op: string,
  url: string,
  expected: string,
  { signal, retries = 5, backoff = 500 }: RequestOptions,
): Patience {
  let failures = 0;
  let hasCome = false;
  return {
    reset() {
      failures = 0;
      hasCome = true;
    },
    async afterFailure(failure) {
      if (!(failure instanceof Failure)) throw failure;
      const isTooLong = failure.wait > LONGEST_ASKED;
      const most = !hasCome && isNowhere(failure.cause) ? Math.min(retries, 2) : retries;
      if (failures++ >= most || isTooLong) {
        const hint = isTooLong
          ? `the server asks to try again in ${Math.ceil(failure.wait / 60_000)} minutes`
          : "check the connection, or try again later";
        const got = `${failure.message}${failures > 1 ? ` (${failures} times)` : ""}`;
        const details = { op, file: publicUrl(url), expected, got, hint };
        throw new SourceError(details, { cause: failure.cause });
      }
      const wait = Math.min(LONGEST, backoff * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
      await pause(Math.max(wait, failure.wait), signal);
    },
  };
}

/** Nobody answers at all: who waits for a network that is not there should soon hear of it. */
function isNowhere(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: { code?: unknown; message?: unknown } };
  const codes = ["ENOTFOUND", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"];
  return codes.includes(String(cause?.code)) || cause?.message === "bad port";
}

/** What to say of a status that is no success. */
export function refusal(
  op: string,
  url: string,
  { status, headers }: Answer,
  options: RequestOptions,
): GemmaError {
  const known = options.refusal?.(status, headers);
  if (known) return known;
  const isForbidden = status === 401 || status === 403;
  const hint = isForbidden
    ? "it may need credentials, an accepted licence, or a fresh address if it was signed"
    : "check the address";
  const expected = "a file that may be read";
  return new ArgumentError({ op, file: publicUrl(url), expected, got: statusText(status), hint });
}

/** Encoded bytes are not the file's. What was asked for is `identity`, which a server may ignore. */
export function assertPlain(op: string, url: string, headers: Headers): void {
  const got = headers.get("content-encoding") ?? "identity";
  if (got.toLowerCase() === "identity") return;
  const expected = "the bytes of the file as they are";
  const hint = "download the file first, or have the server not compress it";
  throw new UnsupportedError({ op, file: publicUrl(url), expected, got: `${got} encoding`, hint });
}

/** `fetch` takes no user and password in a URL: they go where they belong. */
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
    // With a range fetch adds it itself; without one a page cannot, and may get what it then refuses.
    if (!sent.has("range")) sent.set("accept-encoding", "identity");
    return [target, sent];
  } catch {
    // Without the cause, which quotes the header: it may be a token.
    const expected = "headers of printable characters";
    throw new ArgumentError({ op: "ask", argument: "headers", expected, got: "another character" });
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(headers: Headers): number {
  const text = headers.get("retry-after") ?? "";
  const wait = /^\d+$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  return Math.max(0, wait || 0);
}

/** Resolves after `wait` milliseconds. */
function pause(wait: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, wait);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}

/** Node's fetch says "fetch failed", and why in its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
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
