/**
 * Page 11: which word comes, and two ways to choose it wrongly.
 * @module
 */

import { solved } from "../../../../src/exercises/exercise.ts";
import type { DrawOptions, Row } from "../../../../src/exercises/parts.ts";
import { choicesWith } from "../../../../src/exercises/run/name-mistake.ts";
import { sample as exercise } from "../../../../src/exercises/tasks/sample.ts";
import type { Example } from "../example.ts";
import { ANSWER, PROMPT } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { LAST } from "../she.ts";
import { count, fixed, markdownTable } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";
import { barsPicture, choiceOf, drawnPiece, FILTER, SEED } from "./11-bars-picture.ts";

/** Nothing is filtered. */
const OFF = { temperature: 1, topP: 1, topK: 1024 };

/** The exercise's function, right or with one mistake. */
function distribution(
  logits: ArrayLike<number>,
  options: Partial<DrawOptions>,
  mistake?: readonly [string, string],
): Row {
  const [knob, choice] = mistake ?? [];
  const functions =
    knob && choice ? exercise.build(choicesWith(exercise, [{ knob, choice }])) : solved(exercise);
  if (!functions.distribution) throw new Error("the exercise has no distribution");
  return functions.distribution(Float64Array.from(logits), { ...OFF, ...options });
}

const listed = (shares: Row, digits = 3) =>
  Array.from(shares, (share) => fixed(share, digits)).join(", ");

/** How the sentence goes on if words are drawn. */
async function drawnText(example: Example, temperature: number): Promise<string> {
  const gemma = await example.gemma();
  const options = { temperature, topP: FILTER.topP, seed: SEED, maxTokens: 24 };
  return await gemma.generate(PROMPT + ANSWER, options).text();
}

export const sampling: PageParts = {
  page: 11,

  async figures(example) {
    const logits = example.row("logits", LAST + 1);
    const id = (piece: string) => example.tokenizer.idOf(piece) as number;
    const drawn = (seed: number) => {
      const choice = choiceOf(example, { ...FILTER, seed });
      return { u: fixed(choice.random as number, 4), word: drawnPiece(example, choice) };
    };
    const four = Float64Array.of(0.5, 0.3, 0.15, 0.05).map(Math.log);
    const cut = { topP: 0.5, topK: 2 };
    const right = distribution(logits, cut);
    const kFirst = distribution(logits, cut, ["order", "k, then p"]);
    const hot = choiceOf(example, { temperature: 5 });
    const hotOthers = hot.candidates.slice(0, 3).reduce((rest, { tempered }) => rest - tempered, 1);
    return {
      found: fixed(logits[id("▁found")], 3),
      was: fixed(logits[id("▁was")], 3),
      picked: fixed(logits[id("▁picked")], 3),
      "others-kept": String(FILTER.topK - 3),
      "hot-others": fixed(100 * hotOthers, 0),
      ...Object.fromEntries(
        [0, 1, 4].flatMap((seed) => [
          [`u-${seed}`, drawn(seed).u],
          [`word-${seed}`, drawn(seed).word],
        ]),
      ),
      cold: listed(distribution([2, 1, 0], { temperature: 0.5 })),
      warm: listed(distribution([2, 1, 0], { temperature: 2 })),
      cut: listed(distribution(four, { topP: 0.6 })),
      "multiplied-cold": listed(
        distribution([2, 1, 0], { temperature: 0.5 }, ["temperature", "multiplies"]),
      ),
      "text-cold": await drawnText(example, 0.5),
      "text-multiplied": await drawnText(example, 1 / 0.5),
      "p-first-found": fixed(right[id("▁found")], 3),
      "p-first-was": fixed(right[id("▁was")], 3),
      "k-first-found": fixed(kFirst[id("▁found")], 3),
    };
  },

  pictures: { bars: barsPicture },

  blocks: {
    choice(example) {
      const { candidates, counts } = choiceOf(example, { temperature: 2, ...FILTER, top: 5 });
      const rows = candidates
        .slice(0, 5)
        .map(({ id, logit, scaled, tempered, before, afterTopK }) => [
          plain(example.tokenizer.piece(id)),
          fixed(logit, 3),
          ...[scaled ?? 0, tempered, before, afterTopK].map((value) => fixed(value, 3)),
        ]);
      const head = ["word", "logit", "÷ 2", "p", "p of those before", "share"];
      const rest = `of ${count(counts.all)} words top-p keeps ${counts.afterTopP}, and top-k ${counts.afterTopK} of those`;
      return `${markdownTable(head, rows)}\n\nand so on: ${rest}.`;
    },
  },
};
