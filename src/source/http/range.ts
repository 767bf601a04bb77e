/**
 * Files on a server, read by range: RFC 9110 §14. Whatever the server or the network does, what comes out
 * are the bytes asked for, or a typed error.
 *
 * How large a file is and whether it can be read by range is asked with a GET of its first byte: unlike a
 * HEAD, every server, cache and signed address that serves the file answers it as it will answer later.
 * That the file is still the same is seen in each answer (size, and ETag or Last-Modified). It is not
 * asked for with If-Range, as in a page that would cost a preflight request each time.
 * @module
 */
import { FormatError, UnsupportedError } from "../../errors.ts";
import {
  type Answer,
  ask,
  assertPlain,
  Failure,
  patience,
  publicUrl,
  type RequestOptions,
  refusal,
} from "./request.ts";

/** A file on a server, as it was when it was first asked for. */
export interface RemoteFile {
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Its strong ETag, or else when it was last modified. Not compared where absent. */
  readonly validator?: string;
  /** Whether the server sends a part where it is asked for one. */
  readonly acceptsRanges: boolean;
}

/**
 * Asks for a file, without fetching it.
 * @returns undefined if there is none: 404 or 410.
 * @throws {ArgumentError} if it may not be read (401, 403) or the URL is none.
 * @throws {SourceError} if the server cannot be reached, or keeps failing.
 * @throws {FormatError} if it answers with something else.
 * @throws {UnsupportedError} if the server does not say how large the file is, or only sends it encoded.
 * @throws the signal's reason.
 */
export async function openRemote(
  url: string,
  options: RequestOptions = {},
): Promise<RemoteFile | undefined> {
  const op = "openRemote";
  const patient = patience(op, url, "an answer", options);
  for (;;) {
    let answer: Answer;
    try {
      answer = await ask(url, { range: "bytes=0-0" }, options);
    } catch (error) {
      await patient.afterFailure(error);
      continue;
    }
    try {
      return remoteFile(op, url, answer, options);
    } finally {
      answer.close();
    }
  }
}

/**
 * The bytes of a file from `begin` to `end` (exclusive), in order and exactly. A connection that breaks is
 * opened again at the byte where it broke. Who leaves early closes it.
 * @throws {SourceError} if the server keeps failing.
 * @throws {FormatError} if the file has changed, or the server sends other bytes.
 * @throws {ArgumentError} if it may not be read any more.
 * @throws the signal's reason.
 */
export async function* readRemote(
  file: RemoteFile,
  begin: number,
  end: number,
  options: RequestOptions = {},
): AsyncGenerator<Uint8Array> {
  const op = "readRemote";
  const patient = patience(op, file.url, `bytes ${begin} to ${end}`, options);
  let at = begin;
  while (at < end) {
    try {
      const range: Record<string, string> = file.acceptsRanges
        ? { range: `bytes=${at}-${end - 1}` }
        : {};
      const answer = await ask(file.url, range, options);
      try {
        const stretch = checkedStretch(op, file, at, end, answer, options);
        for await (const bytes of stretch) {
          at += bytes.length;
          patient.reset();
          yield bytes;
        }
      } finally {
        answer.close();
      }
    } catch (error) {
      if (at < end) await patient.afterFailure(error);
      // All is there: that the connection broke before it said so does not matter.
      else if (!(error instanceof Failure)) throw error;
    }
  }
}

function remoteFile(
  op: string,
  url: string,
  answer: Answer,
  options: RequestOptions,
): RemoteFile | undefined {
  const { status, headers } = answer;
  if (status === 404 || status === 410) return undefined;
  const range = contentRange(headers);
  const isEmpty = status === 416 && range?.total === 0;
  if (status !== 200 && status !== 206 && !isEmpty) throw refusal(op, url, answer, options);
  assertPlain(op, url, headers);
  const acceptsRanges = status !== 200;
  if (!acceptsRanges) assertNoPage(op, url, headers);
  if (status === 206 && range?.begin !== 0) throw otherBytes(op, url, "bytes 0-0", headers);
  const size = acceptsRanges ? range?.total : contentLength(headers);
  if (size === undefined) {
    throw new UnsupportedError({
      op,
      file: publicUrl(url),
      expected: "a server that says how large the file is",
      got: "no Content-Range with a size, and no Content-Length",
      hint: "download it first; for a page of another host, the server has to expose Content-Range",
    });
  }
  return { url, size, validator: validatorOf(headers), acceptsRanges };
}

/**
 * Of an answer to `bytes=at-end`, the bytes from `at` on, as far as it goes: not beyond `end`, but
 * perhaps not that far.
 */
async function* checkedStretch(
  op: string,
  file: RemoteFile,
  at: number,
  end: number,
  answer: Answer,
  options: RequestOptions,
): AsyncGenerator<Uint8Array> {
  const { url, size, acceptsRanges } = file;
  const { status, headers } = answer;
  const range = contentRange(headers);
  if (status === 416 && range && range.total !== size) throw changed(op, file, headers);
  if (status !== 200 && status !== 206) throw refusal(op, url, answer, options);
  assertPlain(op, url, headers);
  if (status === 200) assertNoPage(op, url, headers);
  const total = status === 206 ? range?.total : (contentLength(headers) ?? size);
  if (total !== undefined && total !== size) throw changed(op, file, headers);
  if (file.validator !== undefined && validatorOf(headers) !== file.validator) {
    throw changed(op, file, headers);
  }
  let position = 0;
  let last = size;
  if (status === 206) {
    if (range?.begin !== at || !(range.end > at && range.end <= end)) {
      throw otherBytes(op, url, `bytes ${at}-${end - 1}/${size}`, headers);
    }
    [position, last] = [range.begin, range.end];
  } else if (acceptsRanges && end < size) {
    // Some caches send the whole now and then; what lies behind the range would be fetched for nothing.
    throw new Failure("the whole file instead of a part of it");
  }
  for await (const bytes of answer.body()) {
    const [from, to] = [at - position, end - position];
    position += bytes.length;
    if (position > last) {
      const got = `${position - last} bytes more`;
      throw otherBytes(op, url, `${last} bytes and no more`, headers, got);
    }
    const wanted = bytes.subarray(Math.max(0, from), Math.max(0, to));
    if (wanted.length > 0) yield wanted;
    if (position >= end && last > end) return;
  }
  if (position < last) throw new Failure(`an end at byte ${position}`);
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
  const text = headers.get("content-range") ?? "";
  const match = /^bytes\s+(?:(\d+)-(\d+)|\*)\/(\d+|\*)$/i.exec(text.trim());
  if (!match) return undefined;
  const [, first, last, total] = match;
  return {
    begin: Number(first ?? 0),
    end: last === undefined ? 0 : Number(last) + 1,
    total: total === "*" ? undefined : Number(total),
  };
}

function contentLength(headers: Headers): number | undefined {
  const text = headers.get("content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A weak ETag says nothing of single bytes. */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  const isStrong = etag !== null && !etag.startsWith("W/");
  return (isStrong ? etag : headers.get("last-modified")) ?? undefined;
}

function assertNoPage(op: string, url: string, headers: Headers): void {
  if (!/^(text\/html|application\/xhtml)/i.test(headers.get("content-type") ?? "")) return;
  throw new FormatError({
    op,
    file: publicUrl(url),
    expected: "a file",
    got: "a web page",
    hint: "open the address in a browser: it may ask to log in, or be a page about the file; that of a folder ends with a slash",
  });
}

function changed(op: string, { url, size, validator }: RemoteFile, headers: Headers): FormatError {
  const described = (bytes: number | undefined, tag: string | undefined) =>
    [`${bytes ?? "?"} bytes`, tag].filter(Boolean).join(", ");
  const total = contentRange(headers)?.total ?? contentLength(headers);
  return new FormatError({
    op,
    file: publicUrl(url),
    expected: `the file as it was when it was opened (${described(size, validator)})`,
    got: described(total, validatorOf(headers)),
    hint: "it has changed on the server; open it again",
  });
}

function otherBytes(
  op: string,
  url: string,
  expected: string,
  headers: Headers,
  got = headers.get("content-range") ?? "no Content-Range",
): FormatError {
  const hint = "the server does not serve ranges as it should; download the file first";
  return new FormatError({ op, file: publicUrl(url), expected, got, hint });
}
