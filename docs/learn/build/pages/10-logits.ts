/**
 * Page 10: from the last vector to a word; the lens, attribution and surprise.
 * @module
 */
import { solved } from "../../../../src/exercises/exercise.ts";
import { linear } from "../../../../src/exercises/tasks/linear.ts";
import type { Example } from "../example.ts";
import { PROMPT } from "../example.ts";
import { sharesOfLogits, surprises } from "../lens.ts";
import type { PageParts } from "../page-parts.ts";
import { answerIds, LAST, pairOf } from "../she.ts";
import { digits, fixed, markdownTable } from "../text/numbers.ts";
import { lensOf, lensPicture } from "./10-lens-picture.ts";
import { surprisePicture } from "./10-surprise-picture.ts";

/** Behind “she”: a real choice. */
const CHOICE = LAST + 1;

/** The probability of “found” behind “she”, with parts. */
function found(example: Example, run = example.run(example.ids)): number {
  const id = example.tokenizer.idOf("▁found") as number;
  return sharesOfLogits(run.row("logits", CHOICE))[id];
}

/** What each half of a block adds to “she” less “he”, of the stream that the last norm reads. */
async function contributions(example: Example): Promise<readonly (readonly [string, number])[]> {
  const gemma = await example.gemma();
  const { parts } = await gemma.attributeLogit(PROMPT, { token: " she", against: " he" });
  const sums = new Map<string, number>();
  for (const { label, contribution } of parts) {
    const [, block, kind] = /^L(\d+)(H| mlp)/.exec(label) ?? [];
    const name = block ? `block ${block}, ${kind === "H" ? "attention" : "MLP"}` : "the table";
    sums.set(name, (sums.get(name) ?? 0) + contribution);
  }
  return [...sums];
}

export const logits: PageParts = {
  page: 10,

  async figures(example) {
    const { she, he } = answerIds(example);
    const { Mira } = pairOf(example);
    const row = Mira.row("logits", LAST);
    const y = Mira.row("ln_final.hook_out", LAST);
    const vector = example.plain.weights.embedTokens[she];
    const products = Array.from(y, (value, d) => value * vector[d]);
    const best = products.indexOf(Math.max(...products));
    const small = Float64Array.of(1, 2);
    const table = [Float64Array.of(1, 0), Float64Array.of(0, 1), Float64Array.of(1, 1)];
    const scores = solved(linear).linear?.(small, table) as Float64Array;
    const surprise = surprises(example);
    const sum = surprise.reduce((a, b) => a + b, 0);
    const at = (piece: string) => surprise[example.pieces.indexOf(piece) - 1];
    const parts = await contributions(example);
    const bugs = {
      unnormed: example.bug("structure-no-final-norm"),
      scaled: example.bug("embed-scaled-head"),
    };
    const lens = { mira: lensOf(example, "Mira"), sam: lensOf(example, "Sam") };
    return {
      words: example.model.config.vocabSize.toLocaleString("en-US"),
      channels: String(y.length),
      she: fixed(row[she], 2),
      he: fixed(row[he], 2),
      length: fixed(Mira.row("ln_final.hook_scale", LAST)[0], 0),
      toward: String(products.filter((product) => product > 0).length),
      "best-y": fixed(y[best], 3),
      "best-row": fixed(vector[best]),
      "best-product": fixed(products[best], 3),
      "lens-table": fixed(lens.mira[0]["▁lighthouse"], 2),
      "lens-before-she": fixed(lens.mira[4]["▁she"], 2),
      "lens-she": fixed(lens.mira[5]["▁she"], 2),
      "lens-sam": fixed(Math.min(...lens.sam.slice(2).map((shares) => shares["▁he"])), 2),
      difference: fixed(row[she] - row[he], 2),
      "last-percent": fixed((100 * parts[parts.length - 1][1]) / (row[she] - row[he]), 0),
      ...Object.fromEntries(Array.from(scores, (value, i) => [`score-${i + 1}`, fixed(value, 0)])),
      ...Object.fromEntries(
        Array.from(sharesOfLogits(scores), (value, i) => [`share-${i + 1}`, fixed(value, 3)]),
      ),
      fox: fixed(at("▁fox"), 2),
      "fox-p": fixed(Math.exp(-at("▁fox")), 4),
      digit: fixed(at("6"), 2),
      "digit-among": fixed(Math.exp(at("6")), 1),
      "place-among": fixed(Math.exp(at("▁lighthouse")), 0),
      sum: fixed(sum, 2),
      count: String(surprise.length),
      perplexity: fixed(Math.exp(sum / surprise.length), 2),
      found: fixed(found(example), 3),
      "found-unnormed": fixed(found(example, example.run(example.ids, bugs.unnormed)), 3),
      "found-scaled": fixed(found(example, example.run(example.ids, bugs.scaled)), 3),
      ...Object.fromEntries(
        Object.entries(bugs).flatMap(([name, parts]) => {
          const { said, distance } = example.effect(parts);
          return [
            [`${name}-said`, said],
            [`${name}-distance`, digits(distance)],
          ];
        }),
      ),
    };
  },

  pictures: { lens: lensPicture, surprise: surprisePicture },

  blocks: {
    async parts(example) {
      const rows = (await contributions(example)).map(([name, value]) => [name, fixed(value, 2)]);
      return markdownTable(["part", "adds to she − he"], rows);
    },
  },
};
