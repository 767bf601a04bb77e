/**
 * Checkpoints as downloaded, read by range: Hugging Face folders of safetensors, files of GGUF, torch and
 * NumPy; and the NumPy files of golden data. Nothing here knows of a file system: see `node/` for folders on disk, and
 * `filesFolder` for files chosen in a browser.
 * @module
 */
export {
  assertReadable,
  type ByteSource,
  blobSource,
  bytesSource,
  readAll,
  readExactly,
  shortRead,
} from "./byte-source.ts";
export * from "./cached-checkpoint.ts";
export * from "./checkpoint.ts";
export * from "./file-kind.ts";
export * from "./file-rows.ts";
export type { FileStream } from "./file-stream.ts";
export * from "./folder.ts";
export * from "./gguf.ts";
export * from "./gguf-gemma.ts";
export type * from "./gguf-header.ts";
export type { GgufWeightType } from "./gguf-types.ts";
export * from "./gguf-write.ts";
export * from "./hf-folder.ts";
export * from "./http-folder.ts";
export type { HttpOptions } from "./http-request.ts";
export { type HttpSourceOptions, httpSource } from "./http-source.ts";
export * from "./npy.ts";
export * from "./npz.ts";
export { openNpz } from "./npz-checkpoint.ts";
export * from "./npz-write.ts";
export * from "./open.ts";
export * from "./open-tokenizer.ts";
export * from "./opfs-cache.ts";
export * from "./safetensors.ts";
export type * from "./safetensors-header.ts";
export * from "./safetensors-write.ts";
export * from "./sharded.ts";
export * from "./torch.ts";
export * from "./torch-checkpoint.ts";
