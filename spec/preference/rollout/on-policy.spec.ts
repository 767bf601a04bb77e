/** The alarm of answers that are not the policy's own: how often it is false, and how soon it is right. */
import { describe, expect, it } from "vitest";
import {
  largestGap,
  ON_POLICY,
  offPolicyAlarm,
  onPolicyEvidence,
} from "../../../src/preference/rollout/on-policy.ts";
import { type Random, xoshiro128 } from "../../../src/random.ts";

const [STEPS, BATCH] = [60, 32];

/** Log-probs of `count` answers, of which some are much rarer than others. */
function policy(count: number, random: Random): Float64Array {
  const logits = Float64Array.from({ length: count }, () => 6 * random());
  return normal(logits);
}

function normal(logits: Float64Array): Float64Array {
  const lse = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
  return logits.map((x) => x - lse);
}

function drawn(logp: Float64Array, random: Random): number {
  let left = random();
  for (let y = 0; y < logp.length; y++) {
    left -= Math.exp(logp[y]);
    if (left < 0) return y;
  }
  return logp.length - 1;
}

/** A run in which the policy goes away from its reference at `pace`; answers are from the policy, or from another. */
function run(seed: number, pace: number, from: "policy" | "reference" = "policy") {
  const random = xoshiro128(seed);
  const reference = policy(40, random);
  const towards = Float64Array.from(reference, () => random() - 0.5);
  let evidence = ON_POLICY;
  let [alarm, naive] = [0, 0];
  for (let step = 1; step <= STEPS; step++) {
    const now = normal(reference.map((p, y) => p + pace * step * towards[y]));
    const k1 = Array.from({ length: BATCH }, () => {
      const y = drawn(from === "policy" ? now : reference, random);
      return now[y] - reference[y];
    });
    evidence = onPolicyEvidence(evidence, k1);
    if (offPolicyAlarm(evidence)) alarm ||= step;
    const mean = k1.reduce((sum, x) => sum + x, 0) / BATCH;
    const spread = k1.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (BATCH - 1);
    if (mean < -3 * Math.sqrt(spread / BATCH)) naive ||= step;
  }
  return { alarm, naive };
}

describe("answers of the policy itself", () => {
  it("raise no alarm in 200 runs, where the mean of single batches would in one of twenty", () => {
    const runs = Array.from({ length: 200 }, (_, seed) => run(seed, [1e-4, 3e-3][seed % 2]));
    expect(runs.filter(({ alarm }) => alarm > 0)).toEqual([]);
    const naive = runs.filter((one) => one.naive > 0).length;
    expect(naive).toBeGreaterThan(10);
  });

  it("say nothing where policy and reference are one", () => {
    expect(onPolicyEvidence(ON_POLICY, new Float64Array(32))).toEqual(ON_POLICY);
  });
});

describe("answers of another policy", () => {
  it("raise it in each of 40 runs: a sampler whose weights are never refreshed", () => {
    for (let seed = 0; seed < 40; seed++) {
      const { alarm } = run(seed, 0.03, "reference");
      expect(alarm).toBeGreaterThan(0);
      expect(alarm).toBeLessThan(60);
    }
  });

  it("are known by the sum of many small signs, which no batch shows", () => {
    let evidence = ON_POLICY;
    let batches = 0;
    const random = xoshiro128(7);
    while (!offPolicyAlarm(evidence)) {
      // Mean −0.02, standard error 0.05 a batch.
      const k1 = Array.from({ length: 32 }, () => -0.02 + 0.98 * (random() - 0.5));
      evidence = onPolicyEvidence(evidence, k1);
      if (++batches > 200) break;
    }
    expect(batches).toBeGreaterThan(5);
    expect(batches).toBeLessThan(200);
    expect(offPolicyAlarm(evidence)).toMatch(
      /^off-policy: the mean KL of the last \d+ answers is -0/,
    );
  });

  it("need both: nats that add up, and a mean that is below 0 by three standard errors", () => {
    // 14 nats in two answers: a mean of −7 ± 6.
    expect(offPolicyAlarm(onPolicyEvidence(ON_POLICY, [-13, -1]))).toBeUndefined();
    expect(offPolicyAlarm(onPolicyEvidence(ON_POLICY, [-7, -7]))).toBeDefined();
    expect(offPolicyAlarm(onPolicyEvidence(ON_POLICY, [-6.9, -6.9]))).toBeUndefined();
    expect(onPolicyEvidence({ nats: 5, answers: 3, sum: -5, squares: 9 }, [6])).toEqual(ON_POLICY);
  });
});

it("compares the sampler's log-probs with the trainer's where the answer is", () => {
  const mask = Float64Array.of(0, 1, 1);
  const one = {
    mask,
    sampled: Float64Array.of(9, -1, -2),
    logprobs: Float64Array.of(0, -1, -2.25),
  };
  expect(largestGap([one])).toBe(0.25);
  expect(largestGap([{ ...one, logprobs: Float64Array.of(0, Number.NaN, -2) }])).toBeNaN();
});
