/**
 * Opening the model that a command works on, as a source or loaded, while a bar shows how far it is.
 * @module
 */
import { Gemma } from "../gemma.ts";
import type { GemmaOptions } from "../load.ts";
import { openPath } from "../node/open-path.ts";
import { tinyModelPath } from "../node/tiny-model.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { Folder } from "../source/folder.ts";
import { AS_TOKENS } from "../warning.ts";
import type { Values } from "./command.ts";
import type { Io } from "./io.ts";
import { type MODEL_OPTIONS, modelChoice, modelName } from "./options/model.ts";
import { asUsage } from "./options/refused.ts";
import { ProgressBar } from "./terminal/progress-bar.ts";
import { Warnings } from "./terminal/warnings.ts";

/**
 * Opens a path, a URL, or `hf:OWNER/NAME`.
 * @param download whether a model on Hugging Face is downloaded, or read by range where it is needed.
 */
export async function openSource(
  model: string,
  { stderr, signal }: Io,
  { download }: { readonly download: boolean },
): Promise<Folder | ByteSource> {
  const bar = new ProgressBar(stderr);
  try {
    return await openPath(model, {
      signal,
      onProgress: (progress) => bar.show(progress),
      download,
    });
  } finally {
    bar.clear();
  }
}

/**
 * Loads the model that the options name, does `work` with it, and disposes it.
 * @param more adapters by name, beside the one of --adapter, which is in use.
 * @throws {UsageError} if there is no such precision or backend, or the model cannot do what an option says.
 */
export async function withGemma<T>(
  values: Values<typeof MODEL_OPTIONS>,
  io: Io,
  work: (gemma: Gemma) => Promise<T>,
  more: GemmaOptions["adapters"] = {},
): Promise<T> {
  const bar = new ProgressBar(io.stderr);
  const clear = () => bar.clear();
  const warnings = new Warnings(io.stderr, clear);
  const { adapter } = values;
  const inUse = adapter === undefined ? undefined : modelName(adapter) || "adapter";
  const adapters = inUse === undefined ? more : { ...more, [inUse]: adapter as string };
  const options: GemmaOptions = {
    ...modelChoice(values),
    ...(Object.keys(adapters).length > 0 && { adapters }),
    background: true,
    signal: io.signal,
    onProgress: (progress) => bar.show(progress),
    onWarning: ({ message }) => warnings.show(message.replace(AS_TOKENS, "give --special")),
  };
  if (values.model === undefined && io.stderr.isTerminal) {
    await io.stderr.write("No --model given: this is the bundled tiny Gemma.\n");
  }
  const gemma = await Gemma.load(values.model ?? tinyModelPath(), options).finally(clear);
  if (inUse !== undefined) gemma.useAdapter(inUse);
  gemma.model.arrived.then(clear, clear);
  const { name, why } = gemma.backend.info;
  if (why !== undefined && io.stderr.isTerminal) {
    await io.stderr.write(`--backend auto is ${name} here: ${why}.\n`);
  }
  try {
    return await work(gemma);
  } catch (error) {
    throw asUsage(error);
  } finally {
    await warnings.written;
    await gemma.dispose();
  }
}
