/**
 * Where the files of a checkpoint lie together: a folder on disk, the files a visitor dropped on a
 * page, a repository on a server.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { type ByteSource, blobSource, bytesSource } from "./byte-source.ts";

/** Files by name. */
export interface Folder {
  /** Its name in error messages. */
  readonly name: string;
  /** The file of that name, for the caller to close; `undefined` if there is none. */
  open(file: string): Promise<ByteSource | undefined>;
  /**
   * The names in the folder, sorted. The format is told by them, and error messages list them. A folder
   * without it is read as one of safetensors.
   */
  list?(): Promise<string[]>;
}

/** Something to open: files that lie together, or a single file, which may be bytes in memory or a Blob. */
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
  const hint = "openPath, of gemma-reference/node, opens a path, a URL or an hf: name";
  throw refusals(op).argument("source", "a Folder, ByteSource, Blob or bytes", brief(source), hint);
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
  const refuse = refusals("filesFolder");
  if (typeof files !== "object" || files === null || Array.isArray(files)) {
    throw refuse.argument("files", "an object or a Map of files by name", brief(files));
  }
  const entries = files instanceof Map ? [...files] : Object.entries(files);
  for (const [file, content] of entries) {
    if (content instanceof Uint8Array || content instanceof Blob) continue;
    throw refuse.argument(`files[${brief(file)}]`, "a Uint8Array or a Blob", brief(content));
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

/** `source`, a file of `folder`, which knows what lies beside it. */
export function inFolder(source: ByteSource, file: string, folder: Folder): ByteSource {
  const { name, size } = source;
  return {
    name,
    size,
    read: (...range) => source.read(...range),
    ...(source.readInto && { readInto: async (...range) => source.readInto?.(...range) }),
    beside: (rename) => folder.open(rename(file)),
    close: async () => source.close?.(),
  };
}

/**
 * Whether `name` is the name of a file in a folder and nothing more. A checkpoint names its own
 * shards, and must not lead to "../../.ssh/id_rsa". The colon is for Windows, where
 * "C:x" leaves the folder.
 */
export function isFileName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name);
}

/** @throws {ArgumentError} unless `name` is a plain file name. */
export function assertFileName(op: string, name: string): void {
  if (isFileName(name)) return;
  throw refusals(op).argument("file", "the name of a file, without a path", brief(name));
}
