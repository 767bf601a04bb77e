/**
 * The running model with a learner's functions in it: what it says, and how far its logits are from Google's.
 * @module
 */
import { draw } from "../../generation/sampler.ts";
import { xoshiro128 } from "../../random.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { distance } from "../distance.ts";
import { BAR, isUnwritten } from "../exercise.ts";
import { allLogits, emptyCache } from "../gemma.ts";
import type { Materials } from "../materials.ts";
import type { Parts, Row, Step } from "../parts.ts";
import { completed } from "../tasks/all.ts";
import { idsOf, SENTENCE } from "../text.ts";

/** What is asked where the chat format is a learner's. */
const QUESTION = "Tell me a story about Mira the fox.";

/** Most tokens: the sentence is continued by 18, the question answered by 44. */
const MOST = { sentence: 24, answer: 48 };

/** What the model says with some functions exchanged. Plain data: it comes out of a worker. */
export interface Said {
  /** What it was given, or asked. */
  readonly prompt: string;
  readonly text: string;
  /** Why there is no text. */
  readonly trouble?: string;
  /** Distance of 35 rows of logits from Google's, in units of the largest. */
  readonly distance?: number;
  /** Whether logits and ids are as they should be. */
  readonly right: boolean;
}

/**
 * Runs the bundled model.
 * @param fns a learner's, of one exercise or of several; the rest is right.
 * @param prompt goes on with this. Default: the road's sentence; where chatPrompt is a learner's, a question.
 */
export function gemmaSays(fns: Partial<Parts>, materials: Materials, prompt?: string): Said {
  const { tiny } = materials;
  const parts = completed(fns);
  const isChat = fns.chatPrompt !== undefined && prompt === undefined;
  const asked = isChat ? QUESTION : (prompt ?? SENTENCE);
  try {
    const ids = promptIds(tiny.tokenizer, parts, asked, isChat);
    const step = finite(tiny.step(parts));
    const answer = fns.distribution
      ? drawn(step, ids, parts)
      : parts.continueText(step, ids, isChat ? MOST.answer : MOST.sentence);
    const text = untilEnd(answer, tiny.tokenizer);
    if (prompt !== undefined) return { prompt: asked, text, right: true };

    const logits = allLogits(tiny.model, parts, tiny.ids, 0, emptyCache(tiny.model.config));
    const far = distance(logits, tiny.logits);
    const rightIds = promptIds(tiny.tokenizer, materials.right, asked, isChat);
    return { prompt: asked, text, distance: far, right: far <= BAR && `${ids}` === `${rightIds}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const trouble = isUnwritten(error)
      ? "a function is still to be written"
      : message.replace(/\.$/, "");
    return { prompt: asked, text: "", trouble, right: false };
  }
}

function promptIds(tokenizer: Tokenizer, parts: Parts, text: string, isChat: boolean): number[] {
  const prompt = isChat ? parts.chatPrompt([{ role: "user", content: text }]) : text;
  return idsOf(tokenizer, parts, prompt);
}

/** Drawn at temperature 1 with seed 0, from the words that sum to .95. */
function drawn(step: Step, ids: readonly number[], parts: Parts): number[] {
  const random = xoshiro128(0);
  const answer: number[] = [];
  let logits = step(ids, 0);
  for (let pos = ids.length; answer.length < MOST.sentence; pos++) {
    const probabilities = parts.distribution(logits, { temperature: 1, topP: 0.95, topK: 64 });
    const id = draw({ ids: Array.from(probabilities.keys()), probabilities }, random());
    answer.push(id);
    logits = step([id], pos);
  }
  return answer;
}

/** Logits that are not numbers choose nothing. */
function finite(step: Step): Step {
  return (ids, pos) => {
    const logits: Row = step(ids, pos);
    if (logits.every(Number.isFinite)) return logits;
    throw new Error("its logits are not numbers");
  };
}

function untilEnd(ids: readonly number[], tokenizer: Tokenizer): string {
  const ends = [tokenizer.eosId, tokenizer.endOfTurnId];
  const end = ids.findIndex((id) => ends.includes(id));
  return tokenizer.decode(end < 0 ? ids : ids.slice(0, end));
}
