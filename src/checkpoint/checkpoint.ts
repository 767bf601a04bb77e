/**
 * A checkpoint, whatever format it was published in: the shape of the model, its weights by name,
 * and its tokenizer if that came along.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import type { OptionNames } from "../options.ts";
import type { RowSource } from "../tensor/stored.ts";
import type { TokenizerFile } from "./tokenizer-file.ts";

/** An open checkpoint. Its weights are read when asked for, so it stays open until closed. */
export interface Checkpoint {
  /** Its name in error messages: usually the path of its folder. */
  readonly name: string;
  /** As the files say together: in a Hugging Face folder its ends are those of generation_config.json, too. */
  readonly config: GemmaConfig;
  /** By Hugging Face name: `model.layers.0.self_attn.q_proj.weight`. May hold more than a model needs. */
  readonly tensors: ReadonlyMap<string, RowSource>;
  /** Its SentencePiece model, if there is one, with the tokens that were added to it. */
  readonly tokenizer?: TokenizerFile;
  /** How it was trained to be asked, in Jinja; null if its files describe the tokenizer without one. */
  readonly chatTemplate?: string | null;
  /** How its weights lie in its files, where they are packed or in parts: "MLX, 4 bits in groups of 64". */
  readonly storage?: string;
  /** Where its files disagree, and what was done. */
  readonly warnings?: readonly string[];
  /** Closes the files. The tensors cannot be read afterwards. */
  close(): Promise<void>;
}

/** Options of everything that opens a checkpoint. */
export interface OpenOptions {
  /** Honoured before each read. */
  readonly signal?: AbortSignal;
}

export const OPEN_NAMES: OptionNames<OpenOptions> = { signal: true };
