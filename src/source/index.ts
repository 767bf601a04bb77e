/**
 * Bytes from anywhere: memory, a Blob, a server, the browser's cache. Nothing here knows of a file system:
 * `gemma-reference/node` has files on disk.
 * @module
 */
export {
  assertReadable,
  type ByteSource,
  blobSource,
  bytesSource,
  type Fill,
  readAll,
  readExactly,
  readIntoExactly,
  sourceFrom,
} from "./byte-source.ts";
export { type FileKind, fileKind } from "./file-kind.ts";
export type { FileStream } from "./file-stream.ts";
export { type Folder, filesFolder, type Source } from "./folder.ts";
export { type HttpFolder, type HttpFolderOptions, httpFolder } from "./http/folder.ts";
export type { HttpOptions } from "./http/request.ts";
export { type HttpSourceOptions, httpSource } from "./http/source.ts";
export {
  type CacheDownloadOptions,
  type CachedFile,
  type CacheOptions,
  type FileCache,
  opfsCache,
} from "./opfs-cache.ts";
