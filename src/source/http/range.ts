/**
 * Files on a server, read by range: RFC 9110 §14. Whatever the server or the network does, the reader gets
 * the bytes asked for, or a typed error.
 *
 * A GET of a file's first byte tells how large it is and whether it can be read by range: unlike a HEAD,
 * every server, cache and signed address that serves the file answers it as it will answer later. Each
 * answer shows whether the file is still the same (size, and ETag or Last-Modified). If-Range is not used,
 * as in a page it would cost a preflight request each time.
 * @module
 */
import { type FormatError, type Refusals, refusals } from "../../errors.ts";
import {
  type Answer,
  AttemptFailed,
  assertPlain,
  publicUrl,
  type RequestOptions,
  refusal,
  request,
} from "./request.ts";
import { retrying } from "./retrying.ts";

/** A file on a server, as it was at the first request. */
export interface RemoteFile {
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Its strong ETag, or else its date of modification. Not compared where absent. */
  readonly validator?: string;
  /** Whether the server answers a request for a range with that range. */
  readonly acceptsRanges: boolean;
}

/** The hint for an answer with other bytes than were asked for. */
const NO_RANGES = "the server does not serve ranges as it should; download the file first";

/**
 * Asks for a file, without fetching it.
 * @param pageMeansMissing whether a page in its place means that the file does not exist.
 * @returns undefined if it does not exist: 404 or 410.
 * @throws {SourceError} if it may not be read (401, 403), or the server cannot be reached or keeps failing.
 * @throws {ArgumentError} if `url` is not a URL.
 * @throws {FormatError} if the answer is not the file's.
 * @throws {UnsupportedError} if the server does not say how large the file is, or only sends it encoded.
 * @throws the signal's reason.
 */
export async function openRemote(
  url: string,
  options: RequestOptions = {},
  pageMeansMissing = false,
): Promise<RemoteFile | undefined> {
  const refuse = refusals("openRemote", publicUrl(url), { format: NO_RANGES });
  const attempts = retrying(refuse, "an answer", options);
  for (;;) {
    let answer: Answer;
    try {
      answer = await request(url, { range: "bytes=0-0" }, options);
    } catch (error) {
      await attempts.waitOrThrow(error);
      continue;
    }
    try {
      if (pageMeansMissing && isPage(answer)) return undefined;
      return remoteFile(refuse, url, answer, options);
    } finally {
      answer.close();
    }
  }
}

/**
 * The bytes of a file from `begin` to `end` (exclusive), in order and exactly. A connection that breaks is
 * opened again at the byte where it broke. Leaving the loop closes the connection.
 * @throws {SourceError} if the server keeps failing, or the file may not be read any more.
 * @throws {FormatError} if the file has changed, or the server sends other bytes.
 * @throws the signal's reason.
 */
export async function* readRemote(
  file: RemoteFile,
  begin: number,
  end: number,
  options: RequestOptions = {},
): AsyncGenerator<Uint8Array> {
  const refuse = refusals("readRemote", publicUrl(file.url), { format: NO_RANGES });
  const attempts = retrying(refuse, `bytes ${begin} to ${end}`, options);
  let at = begin;
  while (at < end) {
    try {
      const range: Record<string, string> = file.acceptsRanges
        ? { range: `bytes=${at}-${end - 1}` }
        : {};
      const answer = await request(file.url, range, options);
      try {
        for await (const bytes of checkedStretch(refuse, file, at, end, answer, options)) {
          at += bytes.length;
          attempts.reset();
          yield bytes;
        }
      } finally {
        answer.close();
      }
    } catch (error) {
      if (at < end) await attempts.waitOrThrow(error);
      // All bytes are there: a connection that breaks after the last of them does no harm.
      else if (!(error instanceof AttemptFailed)) throw error;
    }
  }
}

function remoteFile(
  refuse: Refusals,
  url: string,
  answer: Answer,
  options: RequestOptions,
): RemoteFile | undefined {
  const { status, headers } = answer;
  if (status === 404 || status === 410) return undefined;
  const range = contentRange(headers);
  const isEmpty = status === 416 && range?.total === 0;
  if (status !== 200 && status !== 206 && !isEmpty) throw refusal(refuse, answer, options);
  assertPlain(refuse, headers);
  const acceptsRanges = status !== 200;
  if (!acceptsRanges) assertNoPage(refuse, answer);
  if (status === 206 && range?.begin !== 0) {
    throw refuse.format(undefined, "bytes 0-0", rangeText(headers));
  }
  const size = acceptsRanges ? range?.total : contentLength(headers);
  if (size !== undefined) return { url, size, validator: validatorOf(headers), acceptsRanges };
  const hint = "download it first; for a page of another host, let it expose Content-Range";
  throw refuse.unsupported(undefined, "its size", "no Content-Range or Content-Length", hint);
}

/**
 * The bytes from `at` on in an answer to `bytes=at-end`. They end at `end` at the latest, and may end
 * before.
 */
async function* checkedStretch(
  refuse: Refusals,
  file: RemoteFile,
  at: number,
  end: number,
  answer: Answer,
  options: RequestOptions,
): AsyncGenerator<Uint8Array> {
  const { size, acceptsRanges } = file;
  const { status, headers } = answer;
  const range = contentRange(headers);
  if (status === 416 && range && range.total !== size) throw changed(refuse, file, headers);
  if (status !== 200 && status !== 206) throw refusal(refuse, answer, options);
  assertPlain(refuse, headers);
  if (status === 200) assertNoPage(refuse, answer);
  const total = status === 206 ? range?.total : (contentLength(headers) ?? size);
  const isOther = file.validator !== undefined && validatorOf(headers) !== file.validator;
  if (isOther || (total !== undefined && total !== size)) throw changed(refuse, file, headers);
  let position = 0;
  let last = size;
  if (status === 206) {
    if (range?.begin !== at || !(range.end > at && range.end <= end)) {
      throw refuse.format(undefined, `bytes ${at}-${end - 1}/${size}`, rangeText(headers));
    }
    [position, last] = [range.begin, range.end];
  } else if (acceptsRanges && end < size) {
    // Some caches send the whole now and then; the bytes behind the range would be fetched for nothing.
    throw new AttemptFailed("the whole file instead of a part of it");
  }
  for await (const bytes of answer.body()) {
    const [from, to] = [at - position, end - position];
    position += bytes.length;
    if (position > last) {
      throw refuse.format(undefined, `${last} bytes`, `${position - last} bytes too many`);
    }
    const wanted = bytes.subarray(Math.max(0, from), Math.max(0, to));
    if (wanted.length > 0) yield wanted;
    if (position >= end && last > end) return;
  }
  if (position < last) throw new AttemptFailed(`an end at byte ${position}`);
}

interface ContentRange {
  /** Both 0 where the range was refused. */
  readonly begin: number;
  readonly end: number;
  /** Undefined where it says `*`. */
  readonly total: number | undefined;
}

/** `bytes 0-9/100`, or `bytes *\/100` with a 416. RFC 9110 §14.4. */
function contentRange(headers: Headers): ContentRange | undefined {
  const match = /^bytes\s+(?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(rangeText(headers).trim());
  if (!match) return undefined;
  const [, first, last, total] = match;
  return {
    begin: Number(first ?? 0),
    end: last === undefined ? 0 : Number(last) + 1,
    total: total === "*" ? undefined : Number(total),
  };
}

function rangeText(headers: Headers): string {
  return headers.get("content-range") ?? "no Content-Range";
}

function contentLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A weak ETag does not promise the same bytes. */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  const isStrong = etag !== null && !etag.startsWith("W/");
  return (isStrong ? etag : headers.get("last-modified")) ?? undefined;
}

/** Whether a page came, and not an error that a page describes. */
function isPage({ status, headers }: Answer): boolean {
  if (status !== 200 && status !== 206) return false;
  return /^(text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "");
}

function assertNoPage(refuse: Refusals, answer: Answer): void {
  if (!isPage(answer)) return;
  const hint = "open it in a browser: it may ask to log in; a folder's address ends with a slash";
  throw refuse.format(undefined, "a file", "a web page", hint);
}

function changed(refuse: Refusals, file: RemoteFile, headers: Headers): FormatError {
  const expected = `the file as it was when it was opened (${described(file.size, file.validator)})`;
  const total = contentRange(headers)?.total ?? contentLength(headers);
  const now = described(total, validatorOf(headers));
  return refuse.format(undefined, expected, now, "it has changed on the server; open it again");
}

function described(size: number | undefined, validator = "no validator"): string {
  return `${size ?? "?"} bytes, ${validator}`;
}
