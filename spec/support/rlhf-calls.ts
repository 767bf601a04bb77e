/** The calls of src/preference/rollout and rlhf that take options, as public-calls.ts lists those of the other rooms. */
import { evaluatePolicy } from "../../src/preference/rlhf/evaluate-policy.ts";
import { rlhf } from "../../src/preference/rlhf/rlhf.ts";
import { drawRollouts } from "../../src/preference/rollout/draw-rollouts.ts";
import { askedPrompts } from "../../src/preference/rollout/prompts.ts";
import type { Call } from "./public-calls.ts";

const RLHF = "preference/rlhf/rlhf.spec.ts";
const REFUSED = "preference/rlhf/refused.spec.ts";
const RESUMED = "preference/rlhf/resumed.spec.ts";
const ALARMS = "preference/rlhf/alarms.spec.ts";
const ROLLOUTS = "preference/rollout/rollouts.spec.ts";

const READ = [ROLLOUTS, "are read by the options of conversations"] as const;
const CHAT = {
  format: READ,
  allowTurnMarkers: READ,
  system: READ,
  bosTokenId: READ,
  vocabSize: READ,
};
const REPORTS = "reports what it has drawn, and samples what it learns from";
const FINDS = "finds answers with more reward";
const GIVEN = "has the optimiser, the schedule and the warm-up that it is given";
const RESUMES = "goes on to the same bits and reports";
const MONITORED = "of a monitor end the run if they are to";
const EVALUATES = "is judged on prompts that it does not learn from";
const DRAWN = "are drawn from the present weights, the closing token included";

const never = { logprobs: async () => [] } as never;

export const RLHF_CALLS: Readonly<Record<string, Call>> = {
  "preference/rlhf/evaluate-policy.ts evaluatePolicy": {
    call: (options) => evaluatePolicy(never, [], options),
    seen: {
      ...CHAT,
      tokenizer: [ROLLOUTS, EVALUATES],
      reward: [ROLLOUTS, EVALUATES],
      reference: [ROLLOUTS, EVALUATES],
      judge: [ROLLOUTS, EVALUATES],
      beta: [ROLLOUTS, EVALUATES],
      groupSize: [ROLLOUTS, EVALUATES],
      maxTokens: [ROLLOUTS, EVALUATES],
      backend: [ROLLOUTS, EVALUATES],
      seed: [ROLLOUTS, EVALUATES],
      signal: [ROLLOUTS, EVALUATES],
    },
  },
  "preference/rlhf/rlhf.ts rlhf": {
    call: (options) => rlhf(never, [], options),
    seen: {
      ...CHAT,
      tokenizer: [REFUSED, "tokenizer"],
      reward: [RLHF, REPORTS],
      reference: [RLHF, REPORTS],
      judge: [RLHF, REPORTS],
      maxTokens: [RLHF, REPORTS],
      groupSize: [RLHF, REPORTS],
      promptsPerStep: [RLHF, REPORTS],
      beta: [RLHF, "stays near the reference where that is dear"],
      baseline: [RLHF, FINDS],
      baselineDecay: [RLHF, FINDS],
      level: [RLHF, FINDS],
      innerSteps: [RLHF, FINDS],
      clip: [RLHF, FINDS],
      seed: [RLHF, "gives the same bits for the same seed, and others for another"],
      backend: [RLHF, "draws by the backend that it is given"],
      learningRate: [RLHF, GIVEN],
      warmup: [RLHF, GIVEN],
      optimizer: [RLHF, GIVEN],
      schedule: [RLHF, GIVEN],
      maxNorm: [RLHF, GIVEN],
      microBatch: [RLHF, GIVEN],
      steps: [RLHF, GIVEN],
      signal: [RESUMED, RESUMES],
      save: [RESUMED, RESUMES],
      resume: [RESUMED, RESUMES],
      saveEvery: [RESUMED, "is saved as often as it is to be"],
      monitor: [ALARMS, MONITORED],
      stopOnAlarm: [ALARMS, MONITORED],
    },
  },
  "preference/rollout/draw-rollouts.ts drawRollouts": {
    call: (options) => drawRollouts([], never, options),
    seen: {
      groupSize: [ROLLOUTS, DRAWN],
      maxTokens: [ROLLOUTS, DRAWN],
      seed: [ROLLOUTS, DRAWN],
      signal: [ROLLOUTS, "stop between two tokens"],
    },
  },
  "preference/rollout/prompts.ts askedPrompts": {
    call: (options, { tokenizer }) => tokenizer && askedPrompts([], tokenizer, options),
    seen: CHAT,
  },
};
