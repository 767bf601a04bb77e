/** Bugs of reward models, policy gradient and DPO. */
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { runWithCache } from "../../../src/interp/run/run-with-cache.ts";
import { Model } from "../../../src/model/model.ts";
import { leaveOneOutAdvantages } from "../../../src/preference/losses/baselines.ts";
import { dpoLoss } from "../../../src/preference/losses/dpo.ts";
import { policyGradientLoss } from "../../../src/preference/losses/policy-gradient.ts";
import { responseLogprobs } from "../../../src/preference/losses/response-logprobs.ts";
import { lastRows } from "../../../src/preference/losses/reward-head.ts";
import { shapedRewards } from "../../../src/preference/losses/shaped-rewards.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import type { Bug } from "./parts.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

export const PREFERENCE_BUGS: readonly Bug[] = [
  {
    name: "reward: last row, padding or not",
    golden: "rewards",
    missed: 2,
    parts: {
      lastRows: (lengths, { padded = 0 } = {}) => {
        return lastRows(Array.from(lengths).fill(padded), { padded });
      },
    },
  },
  {
    name: "reward: head before the final norm",
    golden: "rewards",
    missed: 8e-1,
    parts: {
      hidden: async (learner, sequences) => {
        const { config } = learner;
        const backend = cpuBackend({ precision: "float64" });
        const model = await Model.load({ config, tensors: learner.tensors(), backend });
        const names = [`blocks.${config.numHiddenLayers - 1}.hook_resid_post`] as const;
        const found: NdArray[] = [];
        for (const { ids } of sequences) {
          found.push((await runWithCache(model, ids, { names })).get(names[0]));
        }
        return found;
      },
    },
  },
  {
    name: "RLOO: baseline includes the sample",
    golden: "policy",
    missed: 3e-1,
    parts: {
      advantages: (shaped, group) =>
        shaped.map((reward, i) => {
          const own = shaped.filter((_, j) => group[j] === group[i]);
          return reward - sum(own) / own.length;
        }),
    },
  },
  {
    name: "RLOO: KL not in the baseline",
    golden: "policy",
    missed: 3e-2,
    parts: {
      advantages: (shaped, group, rewards) => {
        const plain = leaveOneOutAdvantages(rewards, group); // r − baseline
        return shaped.map((reward, i) => reward - rewards[i] + plain[i]);
      },
    },
  },
  {
    name: "policy: no KL in the reward",
    golden: "policy",
    missed: 6e-2,
    parts: { shapedRewards: (rewards, S, reference) => shapedRewards(rewards, S, reference, 0) },
  },
  {
    name: "policy: closing token left out",
    golden: "policy",
    missed: 8e-1,
    parts: {
      // Where it is the only token, it stays: an answer without any is refused.
      masks: (masks) =>
        masks.map((mask) =>
          Array.from(mask, (m, t) => (t === mask.length - 1 && sum(mask) > 1 ? 0 : m)),
        ),
    },
  },
  {
    name: "policy: mean over tokens",
    golden: "policy",
    missed: 7e-1,
    parts: {
      policyGradientLoss: (logprobs, masks, advantages) => {
        const tokens = sum(masks.map(sum));
        const { loss, dLogprobs } = policyGradientLoss(logprobs, masks, advantages);
        const share = masks.length / tokens;
        return {
          loss: share * loss,
          dLogprobs: dLogprobs.map((row) => row.map((d) => share * d)),
        };
      },
    },
  },
  {
    name: "DPO: reference forgotten",
    golden: "dpo",
    missed: 30,
    parts: {
      dpoLoss: ({ chosen, rejected }, options) => {
        const nothing = new Float64Array(chosen.length);
        const reference = { referenceChosen: nothing, referenceRejected: nothing };
        return dpoLoss({ chosen, rejected, ...reference }, options);
      },
    },
  },
  {
    name: "DPO: means instead of sums",
    golden: "dpo",
    missed: 4e-1,
    parts: {
      responseLogprobs: (logprobs, masks) =>
        responseLogprobs(logprobs, masks).map((S, b) => S / sum(masks[b])),
    },
  },
];
