/**
 * A file on a server as a byte source: only the ranges that are read are fetched.
 * @module
 */
import { ArgumentError, FormatError, UnsupportedError } from "../../errors.ts";
import {
  allocate,
  assertReadable,
  type ByteSource,
  bytesSource,
  MAX_WHOLE,
} from "../byte-source.ts";
import { openRemote, type RemoteFile, readRemote } from "./range.ts";
import { type HttpOptions, publicUrl, type RequestOptions } from "./request.ts";

const op = "httpSource";

export interface HttpSourceOptions extends HttpOptions {
  /** Ends the opening. Each read has a signal of its own. */
  readonly signal?: AbortSignal;
  /** Bytes that the file must have. */
  readonly size?: number;
  /**
   * The SHA-256 that the file must have, in hexadecimal. Checked where the file is fetched whole, which is
   * where the server does not serve ranges. Of a file that is read by range nobody knows its hash: then it
   * is not checked.
   */
  readonly sha256?: string;
  /** What error messages call it. Default: the URL without its query, user and password. */
  readonly name?: string;
}

/**
 * Opens the file at `url`. A server that does not serve ranges is asked once for the whole of it, up to
 * 100 MB, which then stays in memory.
 *
 *     const checkpoint = await openCheckpoint(await httpSource("https://host/gemma-2b-it.gguf"));
 *
 * @throws {ArgumentError} if there is no such file, or it may not be read.
 * @throws {SourceError} if the server cannot be reached, or keeps failing.
 * @throws {FormatError} if it is of another size or hash, or the server answers nonsense.
 * @throws {UnsupportedError} if it is larger than that, and the server does not serve ranges.
 * @throws the signal's reason.
 */
export async function httpSource(
  url: string,
  options: HttpSourceOptions = {},
): Promise<ByteSource> {
  const source = await findHttpSource(url, options);
  if (source) return source;
  throw missingFile(url);
}

/** The error of a file that is not there. */
export function missingFile(url: string): ArgumentError {
  const hint = "check the address; that of a folder ends with a slash";
  const expected = "a file that may be read";
  return new ArgumentError({ op, file: publicUrl(url), expected, got: "404 Not Found", hint });
}

/** {@link httpSource}, or undefined if the server says that there is no such file. */
export async function findHttpSource(
  url: string,
  options: HttpSourceOptions,
): Promise<ByteSource | undefined> {
  const { name = publicUrl(url), size } = options;
  const file = await openRemote(url, options);
  if (!file) return undefined;
  if (size !== undefined && size !== file.size) {
    const hint = "it is another file, or another version of it";
    const [expected, got] = [`${size} bytes`, `${file.size}`];
    throw new FormatError({ op, file: name, expected, got, hint });
  }
  return file.acceptsRanges ? rangeSource(file, name, options) : wholeSource(file, name, options);
}

/** Bytes fetched where fewer are asked for: a header is read in many small pieces. */
const READ_AHEAD = 2 ** 16;

function rangeSource(file: RemoteFile, name: string, options: HttpSourceOptions): ByteSource {
  const { size } = file;
  let window = { begin: 0, bytes: new Uint8Array(0) };
  const fetched = (begin: number, end: number, signal?: AbortSignal) =>
    fetchRange(file, name, begin, end, { ...options, signal });
  const source: ByteSource = {
    name,
    size,
    async read(begin, end, signal) {
      assertReadable(op, source, begin, end, signal);
      if (end - begin >= READ_AHEAD) return fetched(begin, end, signal);
      let held = window;
      if (begin < held.begin || end > held.begin + held.bytes.length) {
        const bytes = await fetched(begin, Math.min(size, begin + READ_AHEAD), signal);
        window = held = { begin, bytes };
      }
      return held.bytes.slice(begin - held.begin, end - held.begin);
    },
  };
  return source;
}

async function wholeSource(
  file: RemoteFile,
  name: string,
  options: HttpSourceOptions,
): Promise<ByteSource> {
  const { size } = file;
  if (size > MAX_WHOLE) {
    throw new UnsupportedError({
      op,
      file: name,
      expected: `a server that sends parts of a file of ${size} bytes`,
      got: "one that only sends the whole",
      hint: "download the file first, and open it from disk",
    });
  }
  const bytes = await fetchRange(file, name, 0, size, options);
  if (options.sha256 !== undefined) await assertHash(name, bytes, options.sha256);
  return bytesSource(bytes, name);
}

async function fetchRange(
  file: RemoteFile,
  name: string,
  begin: number,
  end: number,
  options: RequestOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(op, name, end - begin);
  let at = 0;
  for await (const chunk of readRemote(file, begin, end, options)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function assertHash(
  file: string,
  bytes: Uint8Array<ArrayBuffer>,
  expected: string,
): Promise<void> {
  // Absent from pages that came without TLS. A check that was asked for is never left out in silence.
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    const got = "none, as this page came over http";
    throw new UnsupportedError({ op, file, expected: "a browser that computes SHA-256", got });
  }
  const hash = new Uint8Array(await subtle.digest("SHA-256", bytes));
  const got = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (got === expected.toLowerCase()) return;
  const hint = "the file is damaged, or another version";
  const argument = "sha256";
  throw new FormatError({ op, file, argument, expected, got, hint });
}
