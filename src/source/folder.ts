/**
 * Where the files of a checkpoint lie together: a folder on disk, the files a visitor dropped on a
 * page, a repository on a server.
 * @module
 */
import { brief } from "../brief.ts";
import { ArgumentError } from "../errors.ts";
import { type ByteSource, blobSource, bytesSource } from "./byte-source.ts";

/** Files by name. */
export interface Folder {
  /** What error messages call it. */
  readonly name: string;
  /** The file of that name, for the caller to close; `undefined` if there is none. */
  open(file: string): Promise<ByteSource | undefined>;
  /** The names in the folder, sorted. Only error messages need it: they then say what is there. */
  list?(): Promise<string[]>;
}

/** What is opened: files that lie together, or one, which may be bytes in memory or a Blob. */
export type Source = Folder | ByteSource | Uint8Array | ArrayBuffer | Blob;

/** The folder or the file that `source` is; undefined if it is neither. */
export function folderOrFile(source: unknown): Folder | ByteSource | undefined {
  if (source instanceof Blob) return blobSource(source);
  if (source instanceof Uint8Array) return bytesSource(source);
  if (source instanceof ArrayBuffer) return bytesSource(new Uint8Array(source));
  if (typeof source !== "object" || source === null) return undefined;
  return "open" in source || "read" in source ? (source as Folder | ByteSource) : undefined;
}

/** @throws {ArgumentError} unless `source` is a {@link Source}. */
export function assertSource(op: string, source: Source): Folder | ByteSource {
  const found = folderOrFile(source);
  if (found) return found;
  const expected = "a Folder, a ByteSource, a Blob or bytes";
  const hint = "openPath, of gemma-reference/node, makes one of a path, a URL or an hf: name";
  throw new ArgumentError({ op, argument: "source", expected, got: brief(source), hint });
}

/**
 * Files in memory, or chosen in a browser, as a folder:
 *
 *     filesFolder(new Map([...input.files].map((file) => [file.name, file])))
 */
export function filesFolder(
  files: ReadonlyMap<string, Uint8Array | Blob> | Readonly<Record<string, Uint8Array | Blob>>,
  name = "files",
): Folder {
  const entries = files instanceof Map ? [...files] : Object.entries(files ?? {});
  const other = entries.find(([, it]) => !(it instanceof Uint8Array || it instanceof Blob));
  if (typeof files !== "object" || files === null || Array.isArray(files) || other) {
    const argument = other ? `files[${brief(other[0])}]` : "files";
    const expected = other
      ? "a Uint8Array, a Blob or a File"
      : "an object or a Map of files by name";
    throw new ArgumentError({
      op: "filesFolder",
      argument,
      expected,
      got: brief(other?.[1] ?? files),
    });
  }
  const byName = new Map(entries);
  return {
    name,
    async open(file) {
      const content = byName.get(file);
      if (content === undefined) return undefined;
      return content instanceof Uint8Array ? bytesSource(content, file) : blobSource(content, file);
    },
    async list() {
      return [...byName.keys()].sort();
    },
  };
}

/**
 * Whether `name` is the name of a file in a folder and nothing more. A checkpoint names its own
 * shards: one that names "../../.ssh/id_rsa" must not be followed. The colon is for Windows, where
 * "C:x" leaves the folder.
 */
export function isFileName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name);
}

/** @throws {ArgumentError} unless `name` is a plain file name. */
export function assertFileName(op: string, name: string): void {
  if (isFileName(name)) return;
  throw new ArgumentError({
    op,
    argument: "file",
    expected: "the name of a file in the folder, without a path",
    got: brief(name),
  });
}
