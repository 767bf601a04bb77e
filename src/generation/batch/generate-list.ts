/**
 * Several prompts, and several answers to each, side by side. All share passes (model/turns), so that the weights
 * are read once for all of them; each streams and ends by itself.
 *
 *     const answers = generateList(model, tokenizer, [ids, otherIds], { samples: 2, temperature: 1 });
 *     await Promise.all(answers.map(async (answer) => { for await (const { text } of answer) show(text); }));
 *
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertIds, assertPrompts } from "../../model/check-ids.ts";
import { assertIsModel } from "../../model/check-model.ts";
import type { Model } from "../../model/model.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { type AnswerPrompt, answer, planOf, promptAlone } from "../answer.ts";
import {
  assertGeneration,
  assertTokenizer,
  CACHELESS_NAMES,
  type GenerateOptions,
  room,
} from "../generate.ts";
import { Generation } from "../generation.ts";
import { assertTemperatureFor } from "../sampler.ts";
import { type Choosing, seedOf } from "../step-options.ts";
import { assertStopTexts } from "../stops.ts";
import { UsageMeter } from "../usage.ts";
import { Places } from "./places.ts";
import { ReadAhead } from "./read-ahead.ts";
import { SharedPrompt } from "./shared-prompt.ts";

/** The options of `generate` hold for every answer. Answer i has the seed `seed + i`, modulo 2³². */
export interface ListOptions extends Omit<GenerateOptions, "cache" | "hooks"> {
  /** Answers to each prompt, one behind the other; each with a seed of its own. More than one need a temperature. Default 1. */
  readonly samples?: number;
  /**
   * Most answers that are under way at once, each with a cache; the others begin as those end. Default: as many
   * as a pass has rows, `backend.info.maxRows`.
   */
  readonly atOnce?: number;
}

export const LIST_NAMES: OptionNames<ListOptions> = {
  ...CACHELESS_NAMES,
  samples: true,
  atOnce: true,
};

/**
 * Continues each of `prompts` (with its BOS). Answer i is, to the bit on the reference backend, what `generate` gives
 * by itself with seed `seed + i`. A prompt that comes several times, or of which there are several samples, is fed once
 * where the backend copies caches.
 *
 * From the first token that is asked of any of them, all are under way until they end, whether they are read or not, and
 * keep their tokens for their reader. Leaving the loop of one, or its `return()`, ends that one; `signal` ends all.
 *
 * @param op the call that errors name.
 * @returns the answers: to the first prompt, to the second, and so on.
 * @throws {ArgumentError} if an option is out of range or does nothing, or an id is outside the vocabulary; or, from
 * the answer that it is about, if a prompt is empty or does not fit into the context.
 */
export function generateList<Dev extends Handles>(
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  prompts: readonly ArrayLike<number>[],
  options: ListOptions = {},
  op = "generateList",
): Generation[] {
  const stops = assertList(op, model, tokenizer, prompts, options);
  const { atOnce = model.backend.info.maxRows } = options;
  const plan = planOf(op, model, tokenizer, options, stops);
  const seed = seedOf(options);
  const places = new Places(atOnce);
  const begins: (() => void)[] = [];
  const begin = () => {
    for (const one of begins.splice(0)) one();
  };
  return promptsOf(model, prompts, options, plan.choosing).map((prompt, i) => {
    const own = seed === undefined ? undefined : (seed + i) % 2 ** 32;
    const meter = new UsageMeter();
    const mine = { ...plan, prompt: inTurn(places, prompt), seed: own, meter };
    return new Generation(
      (abandoned) => {
        const ahead = new ReadAhead();
        begins.push(() => ahead.run(answer(model, mine, abandoned)));
        return ahead.read(begin);
      },
      own,
      meter,
    );
  });
}

/** The prompt of each answer. */
function promptsOf<Dev extends Handles>(
  model: Model<Dev>,
  prompts: readonly ArrayLike<number>[],
  options: ListOptions,
  choosing: Choosing,
): AnswerPrompt<Dev>[] {
  const { samples = 1 } = options;
  const asked = prompts.flatMap((given, p) => {
    const ids = Array.from(given); // a copy: the caller may go on using its arrays
    const own = { contextLength: room(model, ids, options), name: `prompts[${p}]` };
    const setting = { ids, ...own, choosing };
    return new Array<typeof setting>(samples).fill(setting);
  });
  if (!model.backend.copyKV) return asked.map((own) => promptAlone(model, own.ids, own));
  const same = new Map<string, typeof asked>();
  for (const one of asked) {
    const key = one.ids.join();
    const known = same.get(key);
    if (known) known.push(one);
    else same.set(key, [one]);
  }
  const shared = new Map(
    [...same].map(([key, [one, ...more]]) => [key, new SharedPrompt(model, one, 1 + more.length)]),
  );
  return asked.map((own) => {
    const prompt = shared.get(own.ids.join()) as SharedPrompt<Dev>;
    return prompt.share();
  });
}

/** `prompt`, which is fed when there is a place for its answer. */
function inTurn<Dev extends Handles>(places: Places, prompt: AnswerPrompt<Dev>): AnswerPrompt<Dev> {
  let leave: (() => void) | undefined;
  return {
    async feed(signal) {
      leave = await places.enter(1, signal);
      return prompt.feed(signal);
    },
    end() {
      prompt.end();
      leave?.();
    },
  };
}

/** @returns the stop texts. */
function assertList<Dev extends Handles>(
  op: string,
  model: Model<Dev>,
  tokenizer: Tokenizer | undefined,
  prompts: readonly ArrayLike<number>[],
  options: ListOptions,
): readonly string[] {
  assertIsModel(op, model);
  assertTokenizer(op, tokenizer);
  if (typeof options === "object" && options !== null && "cache" in options) {
    const expected = "no cache: every answer has its own";
    throw refusals(op).argument("cache", expected, brief(options.cache));
  }
  assertOptions(op, options, LIST_NAMES);
  const stops = assertGeneration(op, options, model.config.vocabSize);
  const { samples = 1, atOnce = 1 } = options;
  assertInteger(op, "samples", samples, POSITIVE);
  assertInteger(op, "atOnce", atOnce, POSITIVE);
  if (samples > 1) assertTemperatureFor(op, "samples", options);
  assertStopTexts(op, stops, tokenizer);
  assertPrompts(op, prompts);
  for (const [i, prompt] of prompts.entries()) assertIds(op, prompt, model.config, `prompts[${i}]`);
  return stops;
}
