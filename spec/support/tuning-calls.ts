/** The calls of src/tuning that take options, as public-calls.ts lists those of the other rooms. */
import { GEMMA_2B } from "../../src/config.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { tunedAnswers } from "../../src/tuning/answers.ts";
import { conversation } from "../../src/tuning/conversation.ts";
import { newAdapter } from "../../src/tuning/lora/adapter.ts";
import { loraModel } from "../../src/tuning/lora/lora.ts";
import { mergeAdapter } from "../../src/tuning/lora/merge.ts";
import { readLoraGguf } from "../../src/tuning/lora-gguf/read.ts";
import { writeLoraGguf } from "../../src/tuning/lora-gguf/write.ts";
import { readAdapter } from "../../src/tuning/peft/read.ts";
import { writeAdapter } from "../../src/tuning/peft/write.ts";
import { sft } from "../../src/tuning/sft.ts";
import type { Call } from "./public-calls.ts";

const CONVERSATION = "tuning/conversation.spec.ts";
const LORA = "tuning/lora/lora.spec.ts";
const MERGE = "tuning/lora/merge.spec.ts";
const PEFT = "tuning/peft/peft.spec.ts";
const LORA_GGUF = "tuning/lora-gguf.spec.ts";
const SFT = "tuning/sft.spec.ts";
const ANSWERS = "tuning/answers.spec.ts";

const IDS = "takes BOS, EOS and the number of ids from the model";
const CHAT = {
  format: [CONVERSATION, "asks exactly as the model is asked"],
  allowTurnMarkers: [CONVERSATION, "lets a marker within a content count only"],
  system: [CONVERSATION, "puts a system's message before the user's"],
  bosTokenId: [CONVERSATION, IDS],
  eosTokenId: [CONVERSATION, IDS],
  vocabSize: [CONVERSATION, IDS],
} as const;

const BEGINS = "begins with A within";
const SHAPES = "has gradients that finite differences have, whatever the targets and ranks";
const FACTORS = {
  r: [LORA, BEGINS],
  seed: [LORA, BEGINS],
  alpha: [LORA, SHAPES],
  rsLora: [LORA, SHAPES],
  targets: [LORA, SHAPES],
  layers: [LORA, SHAPES],
  rankPattern: [LORA, SHAPES],
  alphaPattern: [LORA, SHAPES],
  precision: [LORA, "learns as PyTorch does"],
} as const;

const EACH = "learns each conversation once, by a cosine after a warm-up";
const ROWS = "reads rows by the options of conversations";
const GIVEN = "has the optimiser, the schedule and the steps that it is given";
const KEPT = "keeps the run when it is aborted, and goes on to the same bits";
const OFTEN = "saves as often as it is told to, and measures between";
const CLIPS = "clips where it is told to, and computes several at a time";
const ANSWERED = "counts the answers that are those of the rows";

const nothing = { pairs: new Map(), whole: new Map(), settings: {}, name: "none" } as never;

export const TUNING_CALLS: Readonly<Record<string, Call>> = {
  "tuning/answers.ts tunedAnswers": {
    call: (options, gemma) => tunedAnswers(gemma.model, [], options),
    seen: {
      ...CHAT,
      tokenizer: [ANSWERS, ANSWERED],
      maxTokens: [ANSWERS, ANSWERED],
      temperature: [ANSWERS, ANSWERED],
      seed: [ANSWERS, ANSWERED],
      signal: [ANSWERS, ANSWERED],
    },
  },
  "tuning/conversation.ts conversation": {
    call: (options, { tokenizer }) => tokenizer && conversation([], tokenizer, options),
    seen: { ...CHAT, trainOn: [CONVERSATION, "learns the last answer, or all tokens behind BOS"] },
  },
  "tuning/lora/adapter.ts newAdapter": {
    call: (options) => newAdapter(GEMMA_2B, options),
    seen: FACTORS,
  },
  "tuning/lora/lora.ts loraModel": {
    call: (options, { config }) => loraModel({ config, tensors: new Map() }, options),
    seen: {
      ...FACTORS,
      adapter: [LORA, "learns as PyTorch does"],
      matmuls: [LORA, "computes with the matmuls that it is given"],
      recompute: [LORA, "with blocks computed again or kept"],
      signal: [LORA, "computes with the matmuls that it is given"],
    },
  },
  "tuning/lora/merge.ts Merged.lost": {
    call: (options) => mergeAdapter(new Map(), nothing).lost(options),
    seen: { signal: [MERGE, "stops measuring when it is told to"] },
  },
  "tuning/lora/merge.ts mergeAdapter": {
    call: (options) => mergeAdapter(new Map(), nothing, options),
    seen: { dtype: [MERGE, "gives the logits of PyTorch with the adapter"] },
  },
  "tuning/lora-gguf/read.ts readLoraGguf": {
    call: (options, { config }) => readLoraGguf(bytesSource(new Uint8Array()), config, options),
    seen: { signal: [LORA_GGUF, "stops on abort"] },
  },
  "tuning/lora-gguf/write.ts writeLoraGguf": {
    call: (options) => writeLoraGguf(nothing, options),
    seen: {
      type: [LORA_GGUF, "is written, and read again"],
      name: [LORA_GGUF, "is written, and read again"],
    },
  },
  "tuning/peft/read.ts readAdapter": {
    call: (options) => readAdapter(filesFolder({}), GEMMA_2B, options),
    seen: { signal: [PEFT, "to go on after an abort"] },
  },
  "tuning/peft/write.ts writeAdapter": {
    call: (options) => writeAdapter(nothing, options),
    seen: {
      type: [PEFT, "is written as it came in bfloat16"],
      base: [PEFT, "is written by a run of ours as PEFT writes it"],
    },
  },
  "tuning/sft.ts sft": {
    call: (options) => sft({ accumulate() {}, config: GEMMA_2B } as never, [], options),
    seen: {
      tokenizer: [SFT, EACH],
      trainOn: [SFT, ROWS],
      format: [SFT, ROWS],
      allowTurnMarkers: [SFT, ROWS],
      system: [SFT, ROWS],
      bosTokenId: [SFT, ROWS],
      eosTokenId: [SFT, ROWS],
      vocabSize: [SFT, ROWS],
      batchSize: [SFT, EACH],
      learningRate: [SFT, EACH],
      warmup: [SFT, EACH],
      valid: [SFT, EACH],
      validEvery: [SFT, OFTEN],
      epochs: [SFT, GIVEN],
      optimizer: [SFT, GIVEN],
      schedule: [SFT, GIVEN],
      zLoss: [SFT, GIVEN],
      seed: [SFT, "gives the same bits for the same seed, and others for another"],
      maxTokens: [SFT, "leaves out conversations that are too long"],
      steps: [SFT, KEPT],
      signal: [SFT, KEPT],
      resume: [SFT, KEPT],
      save: [SFT, KEPT],
      saveEvery: [SFT, OFTEN],
      maxNorm: [SFT, CLIPS],
      microBatch: [SFT, CLIPS],
    },
  },
};
