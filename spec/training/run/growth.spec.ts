/** A long run: what it holds does not grow from step to step. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { adamW } from "../../../src/training/optimizer/adamw.ts";
import { constant } from "../../../src/training/optimizer/schedule.ts";
import { shuffledBatches } from "../../../src/training/run/shuffled-batches.ts";
import { train } from "../../../src/training/run/trainer.ts";
import { IS_LONG } from "../../support/fuzz.ts";
import { learner } from "../../support/learning.ts";
import { randomSequences } from "../../support/training.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes that are held after a collection. */
async function held() {
  collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 20)); // typed arrays are freed on another thread
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}

describe.runIf(IS_LONG)("a thousand steps", () => {
  it("hold no more in the end than after two hundred", async () => {
    const model = await learner("micro", { precision: "float32" });
    const batches = shuffledBatches(randomSequences(40, 40), { batchSize: 4 });
    const options = { optimizer: adamW(), schedule: constant(1e-3), maxNorm: 1, steps: 1000 };
    const samples: Awaited<ReturnType<typeof held>>[] = [];
    for await (const { step } of train(model, batches, options)) {
      if (step % 100 === 0) samples.push(await held());
    }
    const [second, last] = [samples[1], samples[9]];
    // To the byte as a rule; a step that kept an array of its own would keep 800.
    expect(last.arrayBuffers - second.arrayBuffers).toBeLessThan(800);
    // Measured: 0.12 MB more, which is code that is compiled; 250 bytes a step would be seen.
    expect(last.heapUsed - second.heapUsed).toBeLessThan(200_000);
  });
});
