/**
 * Page 9: how the model knows that it is “she”, found by patching; the block, and what becomes of it when it is put
 * together wrongly.
 * @module
 */
import { solved } from "../../../../src/exercises/exercise.ts";
import type { Parts } from "../../../../src/exercises/parts.ts";
import { choicesWith } from "../../../../src/exercises/run/name-mistake.ts";
import { block as exercise, SMALL } from "../../../../src/exercises/tasks/block.ts";
import { ablateHead } from "../../../../src/interp/interventions/ablation.ts";
import type { Hooks } from "../../../../src/interp/run/hooks.ts";
import { type Example, PROMPT } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { patchedOf } from "../patching.ts";
import {
  answerIds,
  COPY_HEADS,
  FETCH,
  LAST,
  NAME,
  pairOf,
  SAM_PROMPT,
  SPEAKER,
  STOP,
} from "../she.ts";
import { digits, fixed } from "../text/numbers.ts";
import { gridPicture } from "./09-block-grid.ts";
import { pathPicture } from "./09-block-path.ts";

/** The block of the exercise with one mistake. */
const mistaken = (knob: string, choice: string) =>
  exercise.build(choicesWith(exercise, [{ knob, choice }]));

/** What it makes of the 3 of the calculator. */
function small({ block }: Partial<Parts>): string {
  if (!block) throw new Error("the exercise has no block");
  return fixed(block(Float64Array.of(3), SMALL)[0], 0);
}

/** “she” less “he” at the end of a sentence, with hooks. */
async function difference(example: Example, prompt: string, hooks: Hooks = []): Promise<string> {
  const gemma = await example.gemma();
  const { she, he } = answerIds(example);
  const logits = await gemma.runWithHooks(prompt, hooks, { positions: -1 });
  return fixed(logits.get(0, she) - logits.get(0, he), 1);
}

const POND = PROMPT.replace("lighthouse", "pond");

export const block: PageParts = {
  page: 9,

  async figures(example) {
    const { Mira, Sam } = pairOf(example);
    const { mira, sam, rows } = await patchedOf(example);
    const unpatched = rows.flatMap((row, r) =>
      row.filter((_, place) => ![NAME, STOP, LAST].includes(place) && r > 0),
    );
    const copied = COPY_HEADS.flatMap((head) => {
      const H = example.model.config.headDim;
      const z = Mira.row("blocks.0.attn.hook_z", STOP).slice(head * H, (head + 1) * H);
      const v = Mira.row("blocks.0.attn.hook_v", NAME);
      return Array.from(z, (value, i) => Math.abs(value - v[i]));
    });
    const offCopy = COPY_HEADS.flatMap((head) => ablateHead(0, head));
    const offFetch = ablateHead(FETCH.block, FETCH.head);
    const offMlp: Hooks = { "blocks.3.hook_mlp_out": (x) => void x.data.fill(0) };
    const effects = {
      early: example.effectOf(mistaken("mlpReads", "x")),
      lost: example.effectOf(mistaken("mlpAddsTo", "x")),
      behind: example.effectOf(mistaken("norms", "behind")),
      exchanged: example.effectOf(mistaken("norms", "exchanged")),
    };
    const pond = example.run(example.encode(POND)).tap("blocks.2.attn.hook_pattern");
    const neuron = (run: typeof Mira, tap: string) =>
      run.row(`blocks.${SPEAKER.block}.mlp.${tap}`, LAST)[SPEAKER.neuron];
    return {
      "mira-difference": fixed(mira, 1),
      "sam-difference": fixed(sam, 1),
      "at-name": fixed(rows[1][NAME], 1),
      "at-stop": fixed(rows[1][STOP], 1),
      "at-last": fixed(rows[3][LAST], 1),
      "others-least": fixed(Math.min(...unpatched), 1),
      "others-most": fixed(Math.max(...unpatched), 1),
      "copy-distance": fixed(Math.max(...copied), 3),
      "fetch-share": fixed(Mira.tap("blocks.2.attn.hook_pattern").get(FETCH.head, LAST, STOP), 2),
      "off-copy": await difference(example, PROMPT, offCopy),
      "off-copy-sam": await difference(example, SAM_PROMPT, offCopy),
      "off-fetch": await difference(example, PROMPT, offFetch),
      "off-mlp": await difference(example, PROMPT, offMlp),
      "pond-share": fixed(pond.get(FETCH.head, pond.shape[1] - 1, STOP), 2),
      "pond-difference": await difference(example, POND),
      "neuron-mira": fixed(neuron(Mira, "hook_post"), 1),
      "neuron-sam": fixed(neuron(Sam, "hook_post"), 2),
      right: small(solved(exercise)),
      "wrong-early": small(mistaken("mlpReads", "x")),
      "wrong-lost": small(mistaken("mlpAddsTo", "x")),
      "wrong-normed": small(mistaken("stream", "normed")),
      ...Object.fromEntries(
        Object.entries(effects).flatMap(([name, { said, distance }]) => [
          [`${name}-said`, said],
          [`${name}-distance`, digits(distance)],
        ]),
      ),
    };
  },

  pictures: { patching: gridPicture, path: pathPicture },
};
