/** The calls about exact policies and about monitors that take options, as public-calls.ts lists those of the other rooms. */
import { bestOfN } from "../../src/preference/exact/best-of-n.ts";
import { enumerateResponses } from "../../src/preference/exact/enumerate.ts";
import { estimateOptimum } from "../../src/preference/exact/estimate-optimum.ts";
import { squaredScores } from "../../src/preference/exact/variance.ts";
import { hackingMonitor } from "../../src/preference/monitor/hacking.ts";
import { enumerablePolicy } from "./enumerable.ts";
import type { Call } from "./public-calls.ts";

const BY_HAND = "preference/exact/by-hand.spec.ts";
const HACKING = "preference/monitor/hacking.spec.ts";
const STOPS = ["preference/exact/arguments.spec.ts", "stop between two answers"] as const;
const AS_SAMPLED = "has an error and an interval that hold what they promise";

export const EXACT_CALLS: Readonly<Record<string, Call>> = {
  "preference/exact/best-of-n.ts bestOfN": {
    call: (options) => bestOfN([1, 2], 1, options),
    seen: { groups: [BY_HAND, "is that of each prompt, and of thousands"] },
  },
  "preference/exact/enumerate.ts enumerateResponses": {
    call: async (options) =>
      enumerateResponses(await enumerablePolicy(), [2, 3], {
        maxTokens: 1,
        endIds: [1],
        ...options,
      }),
    seen: {
      maxTokens: [BY_HAND, "of %i tokens, ended by %j: %i"],
      endIds: [BY_HAND, "of %i tokens, ended by %j: %i"],
      limit: [BY_HAND, "ask for no more passes than one wants to wait for"],
      signal: STOPS,
    },
  },
  "preference/exact/estimate-optimum.ts estimateOptimum": {
    call: (options) => estimateOptimum([1, 2], 1, options),
    seen: {
      groups: [BY_HAND, "is the mean over prompts: nobody chooses what is asked"],
      resamples: [BY_HAND, AS_SAMPLED],
      seed: [BY_HAND, AS_SAMPLED],
      level: [BY_HAND, AS_SAMPLED],
    },
  },
  "preference/monitor/hacking.ts hackingMonitor": {
    call: (options) => hackingMonitor(options),
    seen: {
      window: [HACKING, "are looked at in blocks of as many steps as are asked for"],
      falseAlarms: [HACKING, "are told of later where false alarms are dear"],
      price: [HACKING, "are compared by what a nat is to buy"],
      klLimit: [HACKING, "a KL above the limit is a sign"],
    },
  },
  "preference/exact/variance.ts squaredScores": {
    call: async (options) => squaredScores(await enumerablePolicy(), { responses: [] }, options),
    seen: { signal: STOPS },
  },
};
