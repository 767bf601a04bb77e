/**
 * A model of the visitor's: looked at by its headers, and loaded. It never leaves the machine: its files are read by
 * slices, as the library asks for them.
 * @module
 */
import { chooseChatFormat } from "../../../../../src/checkpoint/beside/choose-chat-format.ts";
import type { Checkpoint } from "../../../../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../../../../src/checkpoint/open.ts";
import { UnsupportedError } from "../../../../../src/errors.ts";
import { matchWeights } from "../../../../../src/model/weights/match.ts";
import { type ByteSource, blobSource } from "../../../../../src/source/byte-source.ts";
import { type Folder, filesFolder } from "../../../../../src/source/folder.ts";
import { BYTES_PER_ELEMENT } from "../../../../../src/tensor/stored.ts";
import { elementsOf } from "../../../../../src/tensor/tensor.ts";
import { Tokenizer } from "../../../../../src/tokenizer/tokenizer.ts";
import type { Call } from "../../answers/call.ts";
import { openSubject, type Subject } from "../../answers/subject.ts";
import { obstacleOf, planOf, settingOf, shapeOf } from "./plan.ts";
import type { Found, ModelFiles, ModelQuestion } from "./question.ts";

/** The answer, and the model that the page looks into from now on, where that is another. */
export interface Opened {
  readonly answer: ModelQuestion["answer"];
  readonly subject?: Subject;
}

export async function modelOf(
  bundled: Subject,
  asked: ModelQuestion["ask"],
  { signal, tell }: Call<ModelQuestion["part"]>,
): Promise<Opened> {
  if (asked.what === "back") return { answer: { opened: bundled.info }, subject: bundled };
  const { name, files } = asked;
  const found = await lookAt(sourceOf(files, name), signal);
  if (asked.what === "look") return { answer: { found } };
  const subject = await openSubject(sourceOf(files, name), name, settingOf(found.plan), {
    signal,
    onProgress: ({ loaded, total }) => tell({ loaded, total }),
  });
  return { answer: { opened: subject.info }, subject };
}

/** A file is recognised by its bytes, several by their names. */
function sourceOf(files: ModelFiles, name: string): Folder | ByteSource {
  const [[file, blob], ...others] = files;
  return others.length === 0 ? blobSource(blob, file) : filesFolder(files, name);
}

/** What its headers say. @throws {GemmaError} if it cannot be computed. */
async function lookAt(source: Folder | ByteSource, signal: AbortSignal): Promise<Found> {
  const checkpoint = await openCheckpoint(source, { signal });
  try {
    const { tensors, name, warnings = [] } = checkpoint;
    const matched = await matchWeights(checkpoint.config, tensors, name, signal);
    const { config } = matched;
    const weights = [...matched.weights.values()];
    const bytes = new Map<string, number>();
    for (const { dtype, shape } of weights) {
      const own = elementsOf(shape) * BYTES_PER_ELEMENT[dtype];
      bytes.set(dtype, (bytes.get(dtype) ?? 0) + own);
    }
    const weightBytes = [...bytes.values()].reduce((sum, own) => sum + own, 0);
    const shape = shapeOf(config);
    const plan = planOf(shape, weightBytes);
    const { deviceMemory } = navigator as { deviceMemory?: number };
    return {
      shape,
      weightBytes,
      dtypes: [...bytes.keys()].sort((a, b) => (bytes.get(b) ?? 0) - (bytes.get(a) ?? 0)),
      ...(await textOf(checkpoint)),
      warnings,
      plan: { ...plan, obstacle: obstacleOf(plan, deviceMemory) },
    };
  } finally {
    await checkpoint.close();
  }
}

/** Its tokenizer, and how it is asked. */
async function textOf(checkpoint: Checkpoint): Promise<Pick<Found, "pieces" | "chat">> {
  const file = checkpoint.tokenizer;
  if (!file) return { pieces: undefined, chat: undefined };
  const tokenizer = new Tokenizer(file.model(), file.name);
  const format = await chooseChatFormat(checkpoint, tokenizer);
  const isKnown = !(format instanceof UnsupportedError);
  const isThere =
    isKnown && [format.start, format.end].every((piece) => tokenizer.idOf(piece) !== undefined);
  return { pieces: tokenizer.vocabSize, chat: isThere ? format.name : undefined };
}
