/**
 * A file on a server as a byte source: only the ranges that are read are fetched.
 * @module
 */
import { refusals, type SourceError } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { allocate, type ByteSource, bytesSource, MAX_WHOLE, sourceFrom } from "../byte-source.ts";
import { hexOf } from "../bytes.ts";
import { openRemote, type RemoteFile, readRemote } from "./range.ts";
import {
  HTTP_NAMES,
  type HttpOptions,
  parseUrl,
  publicUrl,
  READABLE,
  type RequestOptions,
} from "./request.ts";

const op = "httpSource";

/** Options of {@link httpSource}. */
export interface HttpSourceOptions extends HttpOptions {
  /** Stops the opening. Each read has a signal of its own. */
  readonly signal?: AbortSignal;
  /** Number of bytes that the file must have. */
  readonly size?: number;
  /**
   * The SHA-256 that the file must have, in hexadecimal. It is checked where the file is fetched whole,
   * because the server does not serve ranges. A file read by range is never seen whole, so its hash is not
   * checked.
   */
  readonly sha256?: string;
  /** Its name in error messages. Default: the URL without its query, user and password. */
  readonly name?: string;
}

const NAMES: OptionNames<HttpSourceOptions> = {
  ...HTTP_NAMES,
  signal: true,
  size: true,
  sha256: true,
  name: true,
};

/**
 * Opens the file at `url`. From a server that does not serve ranges it is fetched once and whole, up to
 * 100 MB, and stays in memory.
 *
 *     const checkpoint = await openCheckpoint(await httpSource("https://host/gemma-2b-it.gguf"));
 *
 * @throws {SourceError} if the file does not exist or may not be read, or the server cannot be reached or
 * keeps failing.
 * @throws {FormatError} if it has another size or hash, or the server answers nonsense.
 * @throws {UnsupportedError} if it is larger than 100 MB, and the server does not serve ranges.
 * @throws {ArgumentError} if `url` is not a URL.
 * @throws the signal's reason.
 */
export async function httpSource(
  url: string,
  options: HttpSourceOptions = {},
): Promise<ByteSource> {
  assertOptions(op, options, NAMES);
  return sourceAt(url, options);
}

/** As {@link httpSource}, with all that a request can be told. */
export async function sourceAt(
  url: string,
  options: HttpSourceOptions & RequestOptions,
): Promise<ByteSource> {
  const source = await findHttpSource(url, options);
  if (source) return source;
  throw missingFile(url);
}

/** The error of a file that does not exist. */
export function missingFile(url: string): SourceError {
  const hint = "check the address; that of a folder ends with a slash";
  return refusals(op, publicUrl(url)).source(undefined, READABLE, "404 Not Found", hint);
}

/**
 * As {@link httpSource}, or undefined if the server says that the file does not exist.
 * @param pageMeansMissing whether a page in its place says so.
 */
export async function findHttpSource(
  url: string,
  options: HttpSourceOptions,
  pageMeansMissing = false,
): Promise<ByteSource | undefined> {
  const { name = publicUrl(url), size } = options;
  const file = await openRemote(url, options, pageMeansMissing);
  if (!file) return undefined;
  if (size !== undefined && size !== file.size) {
    const hint = "it is another file, or another version of it";
    throw refusals(op, name).format(undefined, `${size} bytes`, `${file.size}`, hint);
  }
  const source = file.acceptsRanges
    ? rangeSource(file, name, options)
    : await wholeSource(file, name, options);
  // What was said of this file does not hold for another.
  const others = { ...options, name: undefined, size: undefined, sha256: undefined };
  return { ...source, beside: (rename) => findHttpSource(urlBeside(url, rename), others, true) };
}

/** The address of the file beside the one at `url`; its query goes along. */
export function urlBeside(url: string, rename: (name: string) => string): string {
  const other = parseUrl(url);
  const at = other.pathname.lastIndexOf("/") + 1;
  const name = rename(decoded(other.pathname.slice(at)));
  other.pathname = other.pathname.slice(0, at) + encodeURIComponent(name);
  return other.href;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (!(error instanceof URIError)) throw error; // a "%" that stands for itself
    return name;
  }
}

/** Bytes that are fetched where fewer are wanted: a header is read in many small pieces. */
const READ_AHEAD = 2 ** 16;
/** Longer ranges are not kept. The tail of a zip archive, which is read more than once, has 65,633 bytes. */
const MOST_KEPT = 2 ** 17;

function rangeSource(file: RemoteFile, name: string, options: HttpSourceOptions): ByteSource {
  const { size } = file;
  let kept = { begin: 0, bytes: new Uint8Array(0) };
  return sourceFrom(op, name, size, async (into, begin, signal) => {
    const end = begin + into.length;
    const request = { ...options, signal };
    if (into.length > MOST_KEPT) {
      await fetchRange(file, begin, into, request);
      return into.length;
    }
    let held = kept;
    if (begin < held.begin || end > held.begin + held.bytes.length) {
      const ahead = Math.min(size, begin + READ_AHEAD);
      held = { begin, bytes: new Uint8Array(Math.max(end, ahead) - begin) };
      await fetchRange(file, begin, held.bytes, request);
      kept = held;
    }
    into.set(held.bytes.subarray(begin - held.begin, end - held.begin));
    return into.length;
  });
}

async function wholeSource(
  file: RemoteFile,
  name: string,
  options: HttpSourceOptions,
): Promise<ByteSource> {
  const { size } = file;
  if (size > MAX_WHOLE) {
    const hint = "its server does not serve ranges: download the file first, and open it from disk";
    const most = `at most ${MAX_WHOLE} bytes`;
    throw refusals(op, name).unsupported(undefined, most, `${size} bytes`, hint);
  }
  const bytes = allocate(op, name, size);
  await fetchRange(file, 0, bytes, options);
  if (options.sha256 !== undefined) await assertHash(name, bytes, options.sha256);
  return bytesSource(bytes, name);
}

async function fetchRange(
  file: RemoteFile,
  begin: number,
  into: Uint8Array,
  options: RequestOptions,
): Promise<void> {
  let at = 0;
  for await (const chunk of readRemote(file, begin, begin + into.length, options)) {
    into.set(chunk, at);
    at += chunk.length;
  }
}

async function assertHash(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  expected: string,
): Promise<void> {
  const refuse = refusals(op, file);
  // Absent from pages that came without TLS. A check that was requested is never left out in silence.
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    throw refuse.unsupported(undefined, "crypto.subtle, for SHA-256", "a page that came over http");
  }
  const actual = hexOf(new Uint8Array(await subtle.digest("SHA-256", bytes)));
  if (actual === expected.toLowerCase()) return;
  throw refuse.format("sha256", expected, actual, "the file is damaged, or another version");
}
