/**
 * Writing: `generate` of the library, with a hook that keeps the logits, so that it can be said what else was likely.
 * A chat is the same behind its turns, as `encodeChat` writes them down; `gemma.chat` does just that, but takes no hooks.
 * @module
 */
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { NdArray } from "../../../../../src/tensor/tensor.ts";
import type { Call } from "../../answers/call.ts";
import { tokenOf, topOf } from "../../answers/lens-rows.ts";
import { asRow, rowOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import type { PartOf } from "../../messages.ts";
import type { Ended, Place, PlaceAsk, WriteAsk, WriteQuestion } from "./question.ts";

/** So many of the most probable tokens are told of each. */
const LIKELY = 5;

export async function writeOf(
  subject: Subject,
  ask: WriteQuestion["ask"],
  call: Call<PartOf<"write">>,
): Promise<Ended | Place> {
  return ask.kind === "place" ? placeOf(subject, ask) : written(subject, ask, call);
}

async function written(
  subject: Subject,
  { from, length, temperature, topP, topK, seed }: WriteAsk,
  { tell, signal }: Call<PartOf<"write">>,
): Promise<Ended> {
  const { gemma } = subject;
  const ids = await idsOf(subject, from);
  tell({ begin: ids.map((id) => tokenOf(subject, id)) });
  // As a chat of the library has it: the n-th question is drawn with seed + n.
  const asked = typeof from === "string" ? 0 : (from.length - 1) / 2;
  const drawn = { temperature, topP, topK, seed: (seed + asked) % 2 ** 32 };
  let last: NdArray | undefined;
  const keep = (logits: NdArray) => {
    last = asRow(rowOf(logits, logits.shape[0] - 1));
  };
  const generation = gemma.generate(ids, {
    ...(temperature > 0 ? drawn : {}),
    maxTokens: length,
    signal,
    hooks: { logits: keep },
  });
  const begin = performance.now();
  for await (const { token, text, logprob } of generation) {
    if (!last) continue;
    const chances = softmax(last, { precision });
    const own = chances.get(0, token);
    let rank = 0;
    for (let id = 0; id < chances.shape[1]; id++) if (chances.get(0, id) > own) rank++;
    const likely = topOf(subject, chances, 0, LIKELY);
    tell({ step: { ...tokenOf(subject, token), text, chance: Math.exp(logprob), rank, likely } });
  }
  signal.throwIfAborted();
  const { finishReason: why } = generation;
  return { kind: "ended", why, milliseconds: performance.now() - begin };
}

async function idsOf(subject: Subject, from: WriteAsk["from"]): Promise<number[]> {
  if (typeof from !== "string") return subject.gemma.encodeChat(from);
  const { tokens } = await subject.run(from);
  return tokens.map(({ id }) => id);
}

/**
 * Tokens that were generated need not be those into which their text is cut. Where they are not, the text ends with the
 * one that is meant.
 */
function placeOf({ gemma }: Subject, { ids, at }: PlaceAsk): Place {
  if (!gemma.tokenizer) return { kind: "place", prompt: idText(ids), pos: at, isSame: true };
  const whole = gemma.decode(ids);
  const again = gemma.encode(whole);
  if (again.join() === ids.join()) return { kind: "place", prompt: whole, pos: at, isSame: true };
  const prompt = gemma.decode(ids.slice(0, at + 1));
  return { kind: "place", prompt, pos: gemma.encode(prompt).length - 1, isSame: false };
}

/** The text of a model without a tokenizer: its ids, without BOS. */
const idText = (ids: readonly number[]) => ids.slice(1).join(" ");
