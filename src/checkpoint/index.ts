/**
 * Checkpoints as downloaded, read by range: Hugging Face folders of safetensors, files of GGUF, torch and
 * NumPy; and the NumPy files of golden data. The sources of their bytes are in `gemma-reference/source`.
 * @module
 */
export { type CachedOptions, cachedFile, cachedFolder } from "./cached.ts";
export type { Checkpoint, OpenOptions } from "./checkpoint.ts";
export type { SafetensorsOptions, SafetensorsType } from "./encode/encode.ts";
export { type FileTensor, fileRows } from "./file-rows.ts";
export type { GgufNumbers } from "./gguf/cursor.ts";
export type { GgufEntry, GgufHeader, GgufValue } from "./gguf/header.ts";
export { openGguf } from "./gguf/open.ts";
export { type Gguf, readGguf } from "./gguf/read.ts";
export { ggufVocabulary } from "./gguf/vocabulary.ts";
export { type GgufOptions, type GgufWeightType, writeGguf } from "./gguf/write.ts";
export {
  type NpyArray,
  type NpyData,
  readNpy,
  type StoredNpyArray,
  writeNpy,
} from "./numpy/npy.ts";
export { readNpz, writeNpz } from "./numpy/npz.ts";
export { openNpz } from "./numpy/open.ts";
export { writeNpzCheckpoint } from "./numpy/write.ts";
export { openCheckpoint } from "./open.ts";
export { openTokenizer } from "./open-tokenizer.ts";
export type { SafetensorsEntry, SafetensorsHeader } from "./safetensors/header.ts";
export { openHfFolder } from "./safetensors/open.ts";
export { readSafetensors, readSafetensorsHeader } from "./safetensors/read.ts";
export { type WriteSafetensorsOptions, writeSafetensors } from "./safetensors/write.ts";
export { type AddedToken, type TokenizerFile, tokenizerFile } from "./tokenizer-file.ts";
export { hfVocabulary } from "./tokenizer-json/read.ts";
export { openTorch, openTorchFolder } from "./torch/open.ts";
export { readTorch, type TorchTensor } from "./torch/read.ts";
