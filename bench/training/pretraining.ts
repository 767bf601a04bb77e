/**
 * Whole runs of pretraining: what a small model learns of stories and of facts, by when it sees them.
 *
 *     npx tsx bench/training/pretraining.ts [--seeds 3]
 */
import { parseArgs } from "node:util";
import { MIXTURES, pretrain } from "./pretrain.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "3" } } });
for (const [name, stages] of Object.entries(MIXTURES)) {
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const began = performance.now();
    const { loss, drawn } = await pretrain(stages, seed);
    const { stories, facts } = drawn.sources;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `${name}, seed ${seed}: stories ${loss.stories.toFixed(3)}, facts ${loss.facts.toFixed(3)}`,
      `(${stories.sequences} and ${facts.sequences} windows, ${seconds} s)`,
    );
  }
}
