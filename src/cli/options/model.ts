/**
 * The model a command runs: which one, on what backend, in which arithmetic.
 * @module
 */

import { Gemma } from "../../gemma.ts";
import type { GemmaOptions } from "../../load.ts";
import { openPath } from "../../node/open-path.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import type { Progress } from "../../progress.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import type { PrecisionName } from "../../tensor/precision.ts";
import { choiceOption, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { LoadingLine } from "../terminal/progress-bar.ts";

export const MODEL_OPTIONS = {
  model: {
    type: "string",
    value: "MODEL",
    help: "A checkpoint: PATH, URL or hf:OWNER/NAME (default: the bundled tiny model)",
  },
  precision: {
    type: "string",
    value: "NAME",
    help: "Arithmetic: float64, float32 or bfloat16 (default: float32)",
  },
  backend: { type: "string", value: "NAME", help: "What computes (default: cpu)" },
} as const;

const PRECISIONS: readonly PrecisionName[] = ["float64", "float32", "bfloat16"];

/** @throws {UsageError} if there is no such precision. */
export function precisionOption(text: string | undefined): PrecisionName | undefined {
  return choiceOption("precision", text, PRECISIONS);
}

/**
 * Finds what is at a path, at a URL or of that name; a download is shown.
 * @param download whether it is one, or read by range, as far as it is needed.
 */
export async function openModel(
  model: string,
  { stderr, signal }: Io,
  { download }: { readonly download: boolean },
): Promise<Folder | ByteSource> {
  const line = new LoadingLine(stderr);
  const onProgress = (progress: Progress) => line.show(progress);
  try {
    return await openPath(model, { signal, onProgress, download });
  } finally {
    line.clear();
  }
}

/** Loads the model the options name, has `work` done with it, and frees it again. */
export async function withGemma<T>(
  { model, precision, backend }: Values<typeof MODEL_OPTIONS>,
  io: Io,
  work: (gemma: Gemma) => Promise<T>,
): Promise<T> {
  const loading = new LoadingLine(io.stderr);
  const options: GemmaOptions = {
    // The facade knows which names there are, and refuses the others.
    backend: backend as GemmaOptions["backend"],
    precision: precisionOption(precision),
    background: true,
    signal: io.signal,
    onProgress: (progress) => loading.show(progress),
  };
  if (model === undefined && io.stderr.isTerminal) {
    await io.stderr.write("No --model given: this is the bundled tiny Gemma.\n");
  }
  const gemma = await Gemma.load(model ?? tinyModelPath(), options).finally(() => loading.clear());
  const clear = () => loading.clear();
  gemma.model.arrived.then(clear, clear);
  try {
    return await work(gemma);
  } finally {
    await gemma.dispose();
  }
}
