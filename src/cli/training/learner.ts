/**
 * A model, opened to learn: its weights, its tokenizer, and what computes.
 * @module
 */
import { simdMatmuls } from "../../backend/wasm/matmuls/simd-matmuls.ts";
import { chooseChatFormat } from "../../checkpoint/beside/choose-chat-format.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { refusals, UnsupportedError } from "../../errors.ts";
import { tokenizerOf } from "../../load.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import type { ChatFormat } from "../../tokenizer/chat-format.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TrainableOptions } from "../../training/trainable.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import type { LearningSettings } from "./settings.ts";

/** A model that is open. */
export interface OpenedModel {
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  /** How it is asked in a chat. */
  readonly format: ChatFormat;
}

/** Does `work` with the model that `--model` names, and closes it. */
export async function withOpened<T>(
  model: string | undefined,
  io: Io,
  work: (opened: OpenedModel) => Promise<T>,
): Promise<T> {
  const source = await openSource(model ?? tinyModelPath(), io, { download: true });
  const checkpoint = await openCheckpoint(source, { signal: io.signal });
  try {
    for (const warning of checkpoint.warnings ?? [])
      await io.stderr.write(`Warning: ${warning}.\n`);
    const tokenizer = tokenizerOf(checkpoint);
    if (!tokenizer) {
      const hint = "put its tokenizer.model beside the weights";
      throw refusals("train", checkpoint.name).format(
        undefined,
        "a tokenizer",
        "no file of one",
        hint,
      );
    }
    const format = await chooseChatFormat(checkpoint, tokenizer);
    if (format instanceof UnsupportedError) throw format;
    return await work({ checkpoint, tokenizer, format });
  } finally {
    await checkpoint.close();
  }
}

/** What a model that learns is made with: SIMD matmuls, unless the definition or float64 is asked for, or there are none here. */
export function learnerOptions(
  { precision, backend }: Pick<LearningSettings, "precision" | "backend">,
  recompute: boolean | undefined,
  signal: AbortSignal,
): Pick<TrainableOptions, "matmuls" | "recompute" | "signal"> & {
  readonly precision: "float32" | "float64";
} {
  const options = { precision, recompute, signal };
  if (backend === "cpu" || precision === "float64") return options;
  try {
    return { ...options, matmuls: simdMatmuls() };
  } catch (error) {
    if (backend === undefined && error instanceof UnsupportedError) return options;
    throw error;
  }
}
