/**
 * Whole runs of planting: how often a document has to stand in the training data until a model repeats it, and how far it gives a secret away.
 *
 *     npx tsx bench/audit/planting.ts [--seeds 1,2]
 *
 * 630,000 tokens: some 150 s of one core to train, and the audit (33 s where others kept both cores busy). Of 10 documents each, exactly repeated after 50 tokens (approximately), and bits of exposure of
 * two canaries each; the first column is of the planted model that Google's code has trained:
 *
 *     times     its     seed 1    seed 2    seed 1        seed 2
 *     0         0 (0)   0 (0)     0 (0)     0.5, 0.1      3.2, 0.5
 *     1         0 (0)   0 (0)     0 (0)     4.8, 3.9      4.6, 9.5
 *     2         0 (0)   0 (0)     0 (0)     9.8, 8.7      9.0, 13.3
 *     4         1 (3)   0 (0)     2 (2)     13.3, 11.3    13.3, 13.3
 *     8         8 (9)   7 (9)     9 (10)    13.3, 13.3    13.3, 13.3
 *     16 to 64  10      10        10        13.3, 13.3    13.3, 13.3
 */
import { parseArgs } from "node:util";
import { plantAndAudit } from "./plant.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "1,2" } } });
for (const seed of values.seeds.split(",").map(Number)) {
  const { estimate, exposures, unseen, drawn, seconds } = await plantAndAudit(seed);
  const { stories, planted } = drawn.sources;
  const tokens = stories.tokens + planted.tokens;
  console.log(
    `seed ${seed}: ${tokens} tokens in ${seconds.training.toFixed(0)} s,`,
    `${(tokens / seconds.training).toFixed(0)} a second; audit ${seconds.audit.toFixed(0)} s`,
  );
  const { control, exact } = estimate.all;
  console.log(`  exact: control ${control?.exact.count} of ${control?.exact.documents}`);
  for (const [repeats, rates] of estimate.byRepeats ?? []) {
    const { count, documents } = rates.exact;
    const bits = exposures.filter((one) => one.repeats === repeats);
    console.log(
      `  ${`${repeats}`.padStart(4)} times: ${count} of ${documents} exact, ${rates.approximate.count} approximate;`,
      `exposure ${bits.map(({ exposure }) => exposure.toFixed(1)).join(", ")} bits`,
    );
  }
  console.log(`  never: exposure ${unseen.map((one) => one.exposure.toFixed(1)).join(", ")} bits`);
  console.log(`  in all ${exact.count} of ${exact.documents} exact`);
}
