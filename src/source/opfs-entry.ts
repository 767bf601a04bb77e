/**
 * One file in a browser's private file system (OPFS), in pieces: a directory with
 *
 *     about.json     its URL, size and validator
 *     0, 1, 2 …      pieces of `pieceSize` bytes, the last one shorter
 *
 * A piece is whole or absent, because a file shows only once it is closed.
 * @module
 */

/** The file that the pieces belong to, as JSON beside them. */
export interface About {
  readonly url: string;
  readonly size: number;
  readonly pieceSize: number;
  readonly validator?: string;
}

const ABOUT = "about.json";

/** Undefined if it is missing, or was not written by {@link prepare}. */
export async function readAbout(entry: FileSystemDirectoryHandle): Promise<About | undefined> {
  const file = await fileIn(entry, ABOUT);
  try {
    const { url, size, pieceSize, validator } = JSON.parse((await file?.text()) ?? "null");
    const isWhole = typeof url === "string" && size >= 0 && pieceSize > 0;
    return isWhole ? { url, size, pieceSize, validator } : undefined;
  } catch {
    return undefined; // the page was left before it was written
  }
}

/** Makes `entry` that of a file: pieces of another file, or of another version, are removed. */
export async function prepare(entry: FileSystemDirectoryHandle, about: About): Promise<void> {
  if (isSame(await readAbout(entry), about)) return;
  for await (const name of entry.keys()) await entry.removeEntry(name);
  await writeFile(entry, ABOUT, [new TextEncoder().encode(JSON.stringify(about))]);
}

function isSame(known: About | undefined, about: About): boolean {
  return (["url", "size", "pieceSize", "validator"] as const).every(
    (key) => known?.[key] === about[key],
  );
}

/** The bytes of the file that are in piece `i`. */
export function rangeOf(i: number, { size, pieceSize }: About): [begin: number, end: number] {
  return [i * pieceSize, Math.min(size, (i + 1) * pieceSize)];
}

/** The pieces of a file; undefined for a piece that is missing. */
export async function readPieces(
  entry: FileSystemDirectoryHandle,
  about: About,
): Promise<(File | undefined)[]> {
  const pieces: (File | undefined)[] = [];
  for (let i = 0; i * about.pieceSize < about.size; i++) {
    const [begin, end] = rangeOf(i, about);
    const file = await fileIn(entry, `${i}`);
    pieces.push(file?.size === end - begin ? file : undefined);
  }
  return pieces;
}

/** Number of bytes in the pieces that are there. */
export function loadedOf(pieces: readonly (File | undefined)[]): number {
  return pieces.reduce((sum, piece) => sum + (piece?.size ?? 0), 0);
}

/** Writes piece `i`. @param onBytes is told of bytes as they are written. */
export function writePiece(
  entry: FileSystemDirectoryHandle,
  i: number,
  chunks: AsyncIterable<Uint8Array>,
  onBytes?: (count: number) => void,
): Promise<void> {
  return writeFile(entry, `${i}`, chunks, onBytes);
}

/** The directory of that name; undefined if there is none. */
export function directoryIn(
  home: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemDirectoryHandle | undefined> {
  return home.getDirectoryHandle(name).catch(undefinedIfMissing);
}

async function fileIn(entry: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  const handle = await entry.getFileHandle(name).catch(undefinedIfMissing);
  return handle?.getFile();
}

function undefinedIfMissing(error: unknown): undefined {
  if ((error as { name?: unknown } | null)?.name !== "NotFoundError") throw error;
}

/** Written whole, or not at all. */
async function writeFile(
  entry: FileSystemDirectoryHandle,
  name: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onBytes?: (count: number) => void,
): Promise<void> {
  const handle = await entry.getFileHandle(name, { create: true });
  const writable = await handle.createWritable();
  try {
    for await (const chunk of chunks) {
      await writable.write(chunk as Uint8Array<ArrayBuffer>);
      onBytes?.(chunk.length);
    }
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => {}); // the first error counts
    throw error;
  }
}
