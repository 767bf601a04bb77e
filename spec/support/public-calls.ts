import { naiveBackend } from "../../docs/examples/naive-backend.ts";
import type { Backend } from "../../src/backend/backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { backendNamed } from "../../src/backend/named.ts";
import { wasmBackend } from "../../src/backend/wasm/wasm.ts";
import { webgpuBackend } from "../../src/backend/webgpu/webgpu.ts";
import { cachedFile, cachedFolder } from "../../src/checkpoint/cached.ts";
import { openGguf } from "../../src/checkpoint/gguf/open.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { openNpz } from "../../src/checkpoint/numpy/open.ts";
import { writeNpzCheckpoint } from "../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { openTokenizer } from "../../src/checkpoint/open-tokenizer.ts";
import { openHfFolder } from "../../src/checkpoint/safetensors/open.ts";
import { writeSafetensors } from "../../src/checkpoint/safetensors/write.ts";
import { openTorch, openTorchFolder } from "../../src/checkpoint/torch/open.ts";
import { conformanceTests } from "../../src/conformance/backend/as-tests.ts";
import { backendTestee } from "../../src/conformance/backend/backend-testee.ts";
import { conformance } from "../../src/conformance/conformance.ts";
import { compareWithGoogle } from "../../src/conformance/distance-from-google.ts";
import { summary } from "../../src/conformance/report/summary.ts";
import { engineTestee } from "../../src/conformance/run/engine-testee.ts";
import type { Report } from "../../src/conformance/run/result.ts";
import { runSuite } from "../../src/conformance/run/run.ts";
import type { Suite } from "../../src/conformance/vectors/suite.ts";
import { runPrograms } from "../../src/evaluation/code/pass-rate.ts";
import { taskFromLmEval } from "../../src/evaluation/lm-eval/from-lm-eval.ts";
import { exactMatch } from "../../src/evaluation/metrics/exact-match.ts";
import { evaluationPage } from "../../src/evaluation/report/html/page.ts";
import { Evaluator } from "../../src/evaluation/requests/evaluator.ts";
import { evaluate } from "../../src/evaluation/task/evaluate.ts";
import { PIQA } from "../../src/evaluation/tasks/reasoning/piqa.ts";
import { Gemma } from "../../src/gemma.ts";
import { generateList } from "../../src/generation/batch/generate-list.ts";
import { Chat } from "../../src/generation/chat.ts";
import { embedList } from "../../src/generation/embeddings/embed.ts";
import { generate } from "../../src/generation/generate.ts";
import { generateBatch } from "../../src/generation/generate-batch.ts";
import { inspectNext } from "../../src/generation/inspect/inspect-next.ts";
import { inspectSampling } from "../../src/generation/inspect/inspect-sampling.ts";
import { score, scoreList } from "../../src/generation/likelihood/score.ts";
import { nextToken, tokenDistribution } from "../../src/generation/sampler.ts";
import { steps } from "../../src/generation/steps.ts";
import { endTokens } from "../../src/generation/stops.ts";
import { attributeLogit } from "../../src/interp/attribution/attribution.ts";
import { logitAttrs } from "../../src/interp/attribution/logit-attrs.ts";
import {
  accumulatedResid,
  decomposeResid,
  stackHeadResults,
} from "../../src/interp/attribution/residual.ts";
import { tapGradients } from "../../src/interp/gradients/tap-gradients.ts";
import { attentionStages } from "../../src/interp/heads/attention-maps.ts";
import { detectHeads } from "../../src/interp/heads/head-detectors.ts";
import { ablateHead, ablateNeuron } from "../../src/interp/interventions/ablation.ts";
import { patchWith } from "../../src/interp/interventions/patch-with.ts";
import { patchingSweep } from "../../src/interp/interventions/patching.ts";
import { logitLens } from "../../src/interp/lens/lens.ts";
import { ActivationCache } from "../../src/interp/run/activation-cache.ts";
import { runWithCache, runWithHooks } from "../../src/interp/run/run-with-cache.ts";
import { trace } from "../../src/interp/run/trace.ts";
import { feed } from "../../src/model/feed.ts";
import { Model } from "../../src/model/model.ts";
import { runTape } from "../../src/model/run-tape.ts";
import { attention } from "../../src/nn/attention.ts";
import { embed } from "../../src/nn/embedding.ts";
import { geglu } from "../../src/nn/geglu.ts";
import { linear } from "../../src/nn/linear.ts";
import { add } from "../../src/nn/residual.ts";
import { rmsNorm } from "../../src/nn/rmsnorm.ts";
import { applyRope, ropeAngles } from "../../src/nn/rope.ts";
import { softmax } from "../../src/nn/softmax.ts";
import { javascriptRunner } from "../../src/node/code-runner/javascript-runner.ts";
import { pythonRunner } from "../../src/node/code-runner/python-runner.ts";
import { downloadFromHub } from "../../src/node/download-from-hub.ts";
import { openPath } from "../../src/node/open-path.ts";
import { serve } from "../../src/node/serve/serve.ts";
import { processTestee } from "../../src/node/testee/process-testee.ts";
import { serveTestee } from "../../src/node/testee/serve-testee.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { httpFolder } from "../../src/source/http/folder.ts";
import { httpSource } from "../../src/source/http/source.ts";
import { opfsCache } from "../../src/source/opfs-cache.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { chatIds, chatPrompt } from "../../src/tokenizer/chat-format.ts";
import { StreamDecoder } from "../../src/tokenizer/decoder.ts";
import { fillIds } from "../../src/tokenizer/fill-format.ts";
import { AUDIT_CALLS } from "./audit-calls.ts";
import { BACKWARD_CALLS } from "./backward-calls.ts";
import { DPO_CALLS } from "./dpo-calls.ts";
import { EXACT_CALLS } from "./exact-calls.ts";
import { checkpoint } from "./goldens.ts";
import { JUDGE_CALLS } from "./judge-calls.ts";
import { REWARD_CALLS } from "./reward-calls.ts";
import { RLHF_CALLS } from "./rlhf-calls.ts";
import { TRAINABLE_CALLS } from "./trainable-calls.ts";
import { TRAINING_CALLS } from "./training-calls.ts";
import { TRAINING_DATA_CALLS } from "./training-data-calls.ts";
import { TUNING_CALLS } from "./tuning-calls.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const opened = checkpoint("tiny-stories-it");
export const loaded = opened.then((from) => Gemma.load(from));
const cache = { open: async () => undefined } as Untyped;
const f32 = (...shape: number[]) =>
  tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(0.3), shape);
const [row, cube] = [f32(1, 2), f32(1, 1, 2)];
const nothingKept = ({ config }: Gemma) => new ActivationCache(config, [2], [0], new Map());
const logits = [0.1, 0.2, 0.3];
const URL_OF_FILE = "http://127.0.0.1:9/model.gguf";

/** Where it is seen what an option does: a spec, and words of a title in it. */
type Seen = readonly [spec: string, title: string];

const GENERATION = "generation/generate.spec.ts";
const SAMPLING: Record<string, Seen> = {
  temperature: ["generation/sampler.spec.ts", "equals gemma_pytorch's (case"],
  topP: ["generation/sampler.spec.ts", "filters by p before k"],
  topK: ["generation/sampler.spec.ts", "filters by p before k"],
  minP: ["generation/logits/choosing.spec.ts", "leave a token only if it is as probable"],
};
const LOGITS = "generation/logits/logit-options.spec.ts";
const CHANGED: Seen = [LOGITS, "is the best after bias, penalties, minimum"];
const STEPS: Record<string, Seen> = {
  ...SAMPLING,
  maxTokens: [GENERATION, "with end_of_turn, eos, stop, length"],
  seed: [GENERATION, "gives the same text for the same seed"],
  logitBias: CHANGED,
  repetitionPenalty: CHANGED,
  frequencyPenalty: CHANGED,
  presencePenalty: CHANGED,
  minTokens: [LOGITS, "holds off the ends of the model"],
  logitsProcessor: CHANGED,
  topLogprobs: [LOGITS, "are the model's own probabilities"],
  promptLookup: ["generation/lookup/lookup-steps.spec.ts", "changes no answer"],
};
const INSPECTED = "generation/inspect/inspect-sampling.spec.ts";
const INSPECTION: Record<string, Seen> = {
  temperature: [INSPECTED, "is what the sampler does"],
  topP: [INSPECTED, "is what the sampler does"],
  topK: [INSPECTED, "is what the sampler does"],
  minP: [INSPECTED, "is what the sampler does"],
  random: [INSPECTED, "is what the sampler does"],
  seed: [INSPECTED, "draws the first token of a generation with the same seed"],
  top: [INSPECTED, "lists as many as are asked for, and the one drawn"],
};
const INSPECT_NEXT: Record<string, Seen> = {
  ...INSPECTION,
  signal: [INSPECTED, "stops where it is told to"],
};
const STOPS = "generation/stops.spec.ts";
const OPENED: Seen = [
  "tokenizer/chat-format.spec.ts",
  "is left open behind a message of the model",
];
const ANSWER: Record<string, Seen> = {
  ...STEPS,
  stopTokenIds: [STOPS, "may be tokens, which have no text then"],
  ignoreEos: [STOPS, "leave the model's own out, if told to"],
  stop: [GENERATION, "with end_of_turn, eos, stop, length"],
  signal: [GENERATION, "with abort: before the first step"],
};
const CACHE: Seen = [GENERATION, "is continued where it stands"];
const HOOKED: Seen = ["interp/run/hooks.spec.ts", "chooses as it does without them"];
const RUN: Record<string, Seen> = {
  positions: [
    "interp/run/hooks.spec.ts",
    "is of the layers, the positions and the part of the model",
  ],
  signal: ["interp/run/hooks.spec.ts", "refuse what is no hook"],
};
const RUN_WITH_CACHE: Record<string, Seen> = {
  ...RUN,
  names: ["interp/run/hooks.spec.ts", "is computed, and nothing beyond it"],
  layers: RUN.positions,
  stopAtLayer: RUN.positions,
  hooks: ["interp/run/hooks.spec.ts", "a change shows in what comes after it alone"],
};
const LENS_SPEC = "interp/lens/lens.spec.ts";
const LENS: Record<string, Seen> = {
  positions: [LENS_SPEC, "what each is, is what it is among all"],
  depths: [LENS_SPEC, "what each is, is what it is among all"],
  topK: [LENS_SPEC, "rows of the table that are no tokens have no rank"],
  target: [LENS_SPEC, "followed at every position, with its rank among all"],
  signal: [LENS_SPEC, "ends with its signal"],
};
const ATTRIBUTION_SPEC = "interp/attribution/attribution.spec.ts";
const ATTRIBUTION: Record<string, Seen> = {
  token: [ATTRIBUTION_SPEC, "parts sum to the logit within 1e-10 in float64"],
  against: [ATTRIBUTION_SPEC, "parts sum to the logit within 1e-10 in float64"],
  position: [ATTRIBUTION_SPEC, "parts sum to the logit within 1e-10 in float64"],
  neurons: [ATTRIBUTION_SPEC, "where its output is zero, a neuron too"],
  signal: [ATTRIBUTION_SPEC, "ends with its signal"],
};
const DECOMPOSED: Seen = [ATTRIBUTION_SPEC, "with heads or without, before each block"];
const ABLATION: Record<string, Seen> = {
  by: ["interp/interventions/ablation.spec.ts", "puts the mean over positions in every row"],
};
const STAGES_SPEC = "interp/heads/attention-maps.spec.ts";
const STAGES: Record<string, Seen> = {
  layer: [STAGES_SPEC, "ends in the weights with which gemma_pytorch's values give its heads"],
  head: [STAGES_SPEC, "ends in the weights with which gemma_pytorch's values give its heads"],
  signal: [STAGES_SPEC, "and stops on abort"],
};
const DETECT_SPEC = "interp/heads/head-detectors.spec.ts";
const DETECT: Record<string, Seen> = {
  kind: [DETECT_SPEC, "gives what TransformerLens's masks give"],
  seed: [DETECT_SPEC, "gives what TransformerLens's masks give"],
  length: [DETECT_SPEC, "gives what TransformerLens's masks give"],
  among: [DETECT_SPEC, "or random pieces of text that come twice"],
  signal: [DETECT_SPEC, "and stops on abort"],
};
const TAP_GRADIENTS: Record<string, Seen> = {
  names: [
    "interp/tap-gradients.spec.ts",
    "are those of the names, layers and targets that are asked for",
  ],
  layers: [
    "interp/tap-gradients.spec.ts",
    "are those of the names, layers and targets that are asked for",
  ],
  targets: [
    "interp/tap-gradients.spec.ts",
    "are those of the names, layers and targets that are asked for",
  ],
  signal: [
    "interp/tap-gradients.spec.ts",
    "are those of the names, layers and targets that are asked for",
  ],
};
const PATCHING_SPEC = "interp/interventions/patching.spec.ts";
const PATCHING: Record<string, Seen> = {
  clean: [PATCHING_SPEC, "restores all where all that differs is put back"],
  corrupted: [PATCHING_SPEC, "restores all where all that differs is put back"],
  metric: [PATCHING_SPEC, "of every site is the corrupted run with the clean activation"],
  sites: [PATCHING_SPEC, "of every site is the corrupted run with the clean activation"],
  layers: [PATCHING_SPEC, "of every site is the corrupted run with the clean activation"],
  positions: [PATCHING_SPEC, "of every site is the corrupted run with the clean activation"],
  onProgress: [PATCHING_SPEC, "tells how far it is, and stops on abort"],
  signal: [PATCHING_SPEC, "tells how far it is, and stops on abort"],
};
const LIST_SPEC = "generation/batch/generate-list.spec.ts";
const LIST: Record<string, Seen> = {
  ...ANSWER,
  samples: [LIST_SPEC, "feeds a prompt once"],
  atOnce: [LIST_SPEC, "has no more answers under way than are asked for"],
  seed: ["model/batch.spec.ts", "with a seed for each"],
  signal: [LIST_SPEC, "a signal ends all"],
};
const BATCH: Record<string, Seen> = {
  ...LIST,
  signal: ["model/batch.spec.ts", "keeps nothing of an abort"],
};
const SCORE_LIST: Seen = ["generation/likelihood/score-list.spec.ts", "stops where it is told to"];
const TURNS: Record<string, Seen> = {
  format: ["tokenizer/chat-format.spec.ts", "of a format of one's own"],
};
const SPECIAL: Record<string, Seen> = {
  special: ["tokenizer/tokenizer.spec.ts", "are tokens, and the texts between them"],
};
const TOKENS: Record<string, Seen> = {
  special: ["tokenizer/text-token.spec.ts", "of special tokens"],
};
const COUNT: Seen = ["tokenizer/tokenizer.spec.ts", "is the length of encode"];
const FILL_SPEC = "tokenizer/fill-format.spec.ts";
const DECODE: Record<string, Seen> = {
  special: ["tokenizer/decoder.spec.ts", "shows control pieces when asked to"],
  vocabSize: [STOPS, "are chosen if the model says them: without a text"],
};
const FORMAT: Record<string, Seen> = {
  ...TURNS,
  allowTurnMarkers: ["tokenizer/chat-format.spec.ts", "takes them for tokens when asked to"],
};
const CHAT_ANSWER: Record<string, Seen> = {
  ...ANSWER,
  stop: ["generation/chat.spec.ts", "goes on from the text before a stop text"],
  signal: ["generation/chat.spec.ts", "keeps an aborted answer as far as it came"],
  maxTokens: ["generation/chat.spec.ts", "goes on from an answer cut short by its length"],
};
const SAVED = "saved-cache/saved-cache.spec.ts";
const omit = (seen: Record<string, Seen>, name: string) =>
  Object.fromEntries(Object.entries(seen).filter(([one]) => one !== name));
const CHAT: Record<string, Seen> = {
  ...CHAT_ANSWER,
  allowTurnMarkers: ["generation/chat.spec.ts", "unless asked to"],
  format: ["tokenizer/chat-format.spec.ts", "of a format of one's own"],
  messages: ["generation/chat.spec.ts", "begins with messages from elsewhere"],
  contextLength: ["generation/chat.spec.ts", "refuses what does not fit its context"],
};
const EVALUATE_SPEC = "evaluation/task/evaluate.spec.ts";
const EVALUATE: Record<string, Seen> = {
  limit: [EVALUATE_SPEC, "limit and ids say which documents are asked"],
  ids: [EVALUATE_SPEC, "limit and ids say which documents are asked"],
  shots: [EVALUATE_SPEC, "shots of a document do not depend on which others are asked"],
  chat: [EVALUATE_SPEC, "a chat has BOS once"],
  shotsAsTurns: [EVALUATE_SPEC, "a chat has BOS once"],
  system: [EVALUATE_SPEC, "a chat has BOS once"],
  bootstrap: [EVALUATE_SPEC, "bootstrap says how many lists are drawn"],
};
const EVALUATOR_SPEC = "evaluation/requests/evaluator.spec.ts";
const EVALUATOR: Record<string, Seen> = {
  store: [EVALUATOR_SPEC, "are not computed twice, and belong to their model alone"],
  contextLength: [EVALUATOR_SPEC, "keeps its BOS, and says what was cut"],
  truncate: [EVALUATOR_SPEC, "loses its BOS where that is asked for"],
  rollingBos: [EVALUATOR_SPEC, "gives what Google's code gave, variant"],
  windowLength: [EVALUATOR_SPEC, "predicts each token of a long text once"],
  special: [EVALUATOR_SPEC, "gives what Google's code gave the harness"],
  atOnce: [EVALUATOR_SPEC, "gives the same side by side"],
  signal: [EVALUATOR_SPEC, "that were given before an abort are kept"],
  onProgress: [EVALUATOR_SPEC, "gives what Google's code gave the harness"],
};
const EXACT_MATCH: Record<string, Seen> = Object.fromEntries(
  ["regexesToIgnore", "ignoreCase", "ignorePunctuation", "ignoreNumbers"].map((name) => [
    name,
    ["evaluation/metrics/metrics.spec.ts", 'it("exact_match"'],
  ]),
);
const PAGE_SPEC = "evaluation/report/html/page.spec.ts";
const FROM_LM_EVAL = "evaluation/lm-eval/from-lm-eval.spec.ts";
const CONFORMANCE_SPEC = "conformance/backend/conformance.spec.ts";
const CONFORMANCE: Record<string, Seen> = {
  tiers: [CONFORMANCE_SPEC, "runs the tiers that are asked for, and single checks"],
  only: [CONFORMANCE_SPEC, "runs the tiers that are asked for, and single checks"],
  accuracy: [CONFORMANCE_SPEC, "judges by the class that is asked for"],
  patience: [CONFORMANCE_SPEC, "says that a backend which hangs does"],
  signal: [CONFORMANCE_SPEC, "stops where it is told to"],
  onResult: [CONFORMANCE_SPEC, "every result as it comes"],
};
const NO_SUITE = {} as Suite;
const NO_REPORT = {} as Report;
const RUN_SPEC = "conformance/run/run.spec.ts";
const ENGINE_SPEC = "conformance/run/engine-testee.spec.ts";
const NO_RUNNER = { describe() {}, it() {} };
const COMPUTING: Seen = ["hostile/interrupted.spec.ts", "computing"];
const TEXTS_SPEC = "generation/likelihood/score-texts.spec.ts";
const SCORE: Record<string, Seen> = {
  given: ["generation/likelihood/score.spec.ts", "of ids after other ids"],
  window: [TEXTS_SPEC, "cuts a long text into windows"],
  stride: [TEXTS_SPEC, "cuts a long text into windows"],
  rollingBos: [TEXTS_SPEC, "puts BOS before each window when asked to"],
  signal: COMPUTING,
};
const EMBED_SPEC = "generation/embeddings/embed.spec.ts";
const EMBED: Record<string, Seen> = {
  pooling: [EMBED_SPEC, "is NumPy's"],
  normalize: [EMBED_SPEC, "has length 1 when asked to"],
  signal: [EMBED_SPEC, "stops where it is told to"],
};
const OPENING: Seen = ["options.spec.ts", "a signal that was aborted"];
const HTTP_SPEC = "source/http/http.spec.ts";
const HTTP: Record<string, Seen> = {
  headers: [HTTP_SPEC, "on the same server keeps it"],
  retries: [HTTP_SPEC, "counts attempts from the last byte that came"],
  stallTimeout: [HTTP_SPEC, "finds what comes after a reset, a stall, and a 503"],
  backoff: [HTTP_SPEC, "between two attempts ends the wait"],
  fetch: ["options.spec.ts", "is what asks"],
};
const REQUEST: Record<string, Seen> = {
  ...HTTP,
  signal: [HTTP_SPEC, "ends it with its reason"],
  refusal: ["node/hub.spec.ts", "about a licence that has to be accepted"],
  unreachableHint: ["node/hub.spec.ts", "takes none that is not, and says what failed"],
};
const COMPONENTS = "nn/components.spec.ts";
const RESULT: Record<string, Seen> = {
  precision: [COMPONENTS, "stores what its precision can hold"],
  out: [COMPONENTS, "writes into a view, touching nothing else"],
};
const THETA: Seen = [COMPONENTS, "gives DeepMind's own test values: all ones"];
const NARROWER: Seen = ["checkpoint/safetensors/write.spec.ts", "rounds once, to nearest, where a"];
const GEMMA_SPEC = "gemma.spec.ts";
const THREADS: Seen = ["backend/wasm/options.spec.ts", "computes on as many workers as it is told"];
const WORKER_URL: Seen = ["backend/wasm/options.spec.ts", "may come from a URL, in a browser"];
const ONE_THREAD: Seen = ["backend/wasm/options.spec.ts", "computes on one thread, and says so"];
const NAMED: Record<string, Seen> = {
  precision: ["backend/named.spec.ts", "runs here, as it is asked to"],
  threads: THREADS,
  activations: ["backend/named.spec.ts", "refuses options that it does not have"],
  workerUrl: ["backend/named.spec.ts", "refuses options that it does not have"],
  onWarning: ONE_THREAD,
};
const SERVER = "node/serve/server.spec.ts";
const TESTEE = "node/testee/process-testee.spec.ts";
const PYTHON = "node/code-runner/python-runner.spec.ts";
const CODE_RUNNER: Call["seen"] = {
  confirmRunUnsafeCode: [PYTHON, "is had with consent only"],
  timeoutMs: [PYTHON, "is run within limits of one's own"],
  memoryBytes: [PYTHON, "is run within limits of one's own"],
  fileBytes: [PYTHON, "is run within limits of one's own"],
  outputBytes: [PYTHON, "is run within limits of one's own"],
  command: [PYTHON, "needs a Python"],
};
const BAD_TESTEES = "node/testee/bad-testees.spec.ts";
const RUN_TAPE = "model/run-tape.spec.ts";

export interface Call {
  /** With options and all else that it needs. */
  readonly call: (options: Untyped, gemma: Gemma) => unknown;
  /** Of each of its options. */
  readonly seen: Readonly<Record<string, Seen>>;
}

/** By the file of the function or method, and its name. */
const CHOSEN: Record<string, Seen> = {
  adapter: ["tuning/adapters.spec.ts", "is chosen by each call, or for all that do not say"],
};

const NO_ADAPTER: Untyped = { name: "none", settings: {}, pairs: new Map(), whole: new Map() };

export const CALLS: Readonly<Record<string, Call>> = {
  ...BACKWARD_CALLS,
  ...JUDGE_CALLS,
  ...DPO_CALLS,
  ...REWARD_CALLS,
  ...RLHF_CALLS,
  ...TRAINABLE_CALLS,
  ...AUDIT_CALLS,
  ...EXACT_CALLS,
  ...TRAINING_CALLS,
  ...TRAINING_DATA_CALLS,
  ...TUNING_CALLS,
  "gemma.ts Gemma.load": {
    call: (options) => Gemma.load("/nowhere", options),
    seen: {
      backend: [GEMMA_SPEC, "takes a backend of one's own, in its own precision"],
      precision: [GEMMA_SPEC, "offers the released models' rounded √D in any precision"],
      adapter: ["tuning/peft/load.spec.ts", "gives the logits of PyTorch with it"],
      adapters: ["tuning/adapters.spec.ts", "is the same beside the weights, several by name"],
      embedScale: [GEMMA_SPEC, "offers the released models' rounded √D in any precision"],
      threads: THREADS,
      activations: NAMED.activations,
      workerUrl: WORKER_URL,
      background: [GEMMA_SPEC, "computes the same while the weights arrive in the background"],
      signal: ["hostile/interrupted.spec.ts", "an abort ends it with its reason"],
      onProgress: [GEMMA_SPEC, "computes the same while the weights arrive in the background"],
      onWarning: ["warning.spec.ts", "is told of a BOS that is typed, which is text, and of two"],
    },
  },
  "gemma.ts Gemma.encode": { call: (options, gemma) => gemma.encode("Hi", options), seen: SPECIAL },
  "gemma.ts Gemma.tokens": { call: (options, gemma) => gemma.tokens("Hi", options), seen: TOKENS },
  "gemma.ts Gemma.decode": {
    call: (options, gemma) => gemma.decode([2], options),
    seen: { special: DECODE.special },
  },
  "gemma.ts Gemma.count": {
    call: (options, gemma) => gemma.count("Hi", options),
    seen: { special: COUNT },
  },
  "gemma.ts Gemma.fill": {
    call: (options, gemma) => gemma.fill("a", "b", options),
    seen: {
      ...ANSWER,
      hooks: HOOKED,
      files: [FILL_SPEC, "are CodeGemma's: files first"],
      path: [FILL_SPEC, "are CodeGemma's: files first"],
    },
  },
  "gemma.ts Gemma.encodeFill": {
    call: (options, gemma) => gemma.encodeFill("a", "b", options),
    seen: {
      files: [FILL_SPEC, "are CodeGemma's: files first"],
      path: [FILL_SPEC, "are CodeGemma's: files first"],
    },
  },
  "gemma.ts Gemma.encodeChat": {
    call: (options, gemma) => gemma.encodeChat([{ role: "user", content: "Hi" }], options),
    seen: { ...FORMAT, continueFinalMessage: OPENED },
  },
  "gemma.ts Gemma.generate": {
    call: (options, gemma) => gemma.generate("Hi", options),
    seen: { ...ANSWER, ...CHOSEN, cache: CACHE, hooks: HOOKED, samples: LIST.samples },
  },
  "gemma.ts Gemma.generateBatch": {
    call: (options, gemma) => gemma.generateBatch(["Hi"], options),
    seen: { ...BATCH, ...CHOSEN },
  },
  "gemma.ts Gemma.chat": {
    call: (options, gemma) => gemma.chat(options),
    seen: { ...CHAT, ...CHOSEN },
  },
  "gemma.ts Gemma.resumeChat": {
    call: (options, gemma) => gemma.resumeChat(new Uint8Array(9), options),
    seen: { ...omit(CHAT, "messages"), ...CHOSEN },
  },
  "gemma.ts Gemma.saveCache": {
    call: (options, gemma) => gemma.saveCache(gemma.createCache(), options),
    seen: { signal: [SAVED, "ends with its signal"], ...CHOSEN },
  },
  "gemma.ts Gemma.restoreCache": {
    call: (options, gemma) => gemma.restoreCache(new Uint8Array(9), options),
    seen: {
      contextLength: [SAVED, "is a safetensors file"],
      signal: [SAVED, "ends with its signal"],
      ...CHOSEN,
    },
  },
  "generation/chat.ts Chat.save": {
    call: (options, gemma) => gemma.chat().save(options),
    seen: { signal: [SAVED, "ends with its signal"] },
  },
  "gemma.ts Gemma.score": {
    call: (options, gemma) => gemma.score("Hi", options),
    seen: { ...SCORE, ...CHOSEN, given: [TEXTS_SPEC, "takes what is given as text or as ids"] },
  },
  "gemma.ts Gemma.embed": {
    call: (options, gemma) => gemma.embed("Hi", options),
    seen: { ...EMBED, ...CHOSEN },
  },
  "generation/embeddings/embed.ts embedList": {
    call: (options, gemma) => embedList(gemma.model, [[2, 5]], options),
    seen: EMBED,
  },
  "gemma.ts Gemma.logits": {
    call: (options, gemma) => gemma.logits("Hi", options),
    seen: { signal: COMPUTING, ...CHOSEN },
  },
  "gemma.ts Gemma.inspectSampling": {
    call: (options, gemma) => gemma.inspectSampling("Hi", options),
    seen: INSPECT_NEXT,
  },
  "gemma.ts Gemma.trace": {
    call: (options, gemma) => gemma.trace("Hi", options),
    seen: {
      names: ["interp/run/trace.spec.ts", "keeps what is asked for by name"],
      signal: COMPUTING,
    },
  },
  "gemma.ts Gemma.runWithCache": {
    call: (options, gemma) => gemma.runWithCache("Hi", options),
    seen: RUN_WITH_CACHE,
  },
  "gemma.ts Gemma.runWithHooks": {
    call: (options, gemma) => gemma.runWithHooks("Hi", {}, options),
    seen: RUN,
  },
  "gemma.ts Gemma.tapGradients": {
    call: (options, gemma) => gemma.tapGradients("Hi", options),
    seen: TAP_GRADIENTS,
  },
  "gemma.ts Gemma.attentionStages": {
    call: (options, gemma) => gemma.attentionStages("Hi", options),
    seen: STAGES,
  },
  "gemma.ts Gemma.patchingSweep": {
    call: (options, gemma) => gemma.patchingSweep(options),
    seen: PATCHING,
  },
  "gemma.ts Gemma.detectHeads": {
    call: (options, gemma) => gemma.detectHeads(undefined, options),
    seen: DETECT,
  },
  "gemma.ts Gemma.weight": {
    call: (options, gemma) => gemma.weight("model.norm.weight", options),
    seen: { signal: ["interp/run/weights.spec.ts", "stops on abort"] },
  },
  "gemma.ts Gemma.logitLens": {
    call: (options, gemma) => gemma.logitLens("Hi", options),
    seen: LENS,
  },
  "gemma.ts Gemma.attributeLogit": {
    call: (options, gemma) => gemma.attributeLogit("Hi", options),
    seen: ATTRIBUTION,
  },
  "gemma.ts Gemma.createCache": {
    call: (options, gemma) => gemma.createCache(options),
    seen: {
      ...CHOSEN,
      contextLength: ["model/kv-cache.spec.ts", "is no longer than the model was trained"],
    },
  },
  "gemma.ts Gemma.loadAdapter": {
    call: (options, gemma) => gemma.loadAdapter("mine", NO_ADAPTER, options),
    seen: { signal: ["tuning/adapters.spec.ts", "stops on abort"] },
  },
  "generation/chat.ts Chat.constructor": {
    call: (options, gemma) => new Chat(gemma.model, gemma.tokenizer as Untyped, options),
    seen: CHAT,
  },
  "generation/chat.ts Chat.send": {
    call: (options, gemma) => gemma.chat().send("Hi", options),
    seen: { ...CHAT_ANSWER, prefill: ["generation/chat.spec.ts", "begins as it is told to"] },
  },
  "generation/generate.ts generate": {
    call: (options, gemma) => generate(gemma.model, gemma.tokenizer, [2], options),
    seen: { ...ANSWER, cache: CACHE, hooks: HOOKED },
  },
  "generation/generate-batch.ts generateBatch": {
    call: (options, gemma) => generateBatch(gemma.model, gemma.tokenizer, [[2]], options),
    seen: BATCH,
  },
  "generation/batch/generate-list.ts generateList": {
    call: (options, gemma) => generateList(gemma.model, gemma.tokenizer, [[2]], options),
    seen: LIST,
  },
  "generation/inspect/inspect-next.ts inspectNext": {
    call: (options, gemma) => inspectNext(gemma.model, gemma.tokenizer, [2], options),
    seen: INSPECT_NEXT,
  },
  "generation/inspect/inspect-sampling.ts inspectSampling": {
    call: (options) => inspectSampling(logits, options),
    seen: INSPECTION,
  },
  "generation/sampler.ts nextToken": {
    call: (options) => nextToken(logits, options, Math.random),
    seen: SAMPLING,
  },
  "generation/sampler.ts tokenDistribution": {
    call: (options) => tokenDistribution(logits, options),
    seen: SAMPLING,
  },
  "generation/stops.ts endTokens": {
    call: (options, gemma) => endTokens(gemma.config, gemma.tokenizer, options),
    seen: {
      stopTokenIds: ANSWER.stopTokenIds,
      ignoreEos: ANSWER.ignoreEos,
    },
  },
  "generation/likelihood/score.ts score": {
    call: (options, gemma) => score(gemma.model, [2, 5], options),
    seen: SCORE,
  },
  "generation/likelihood/score.ts scoreList": {
    call: (options, gemma) => scoreList(gemma.model, [[2, 5]], options),
    seen: { ...SCORE, signal: SCORE_LIST },
  },
  "generation/steps.ts steps": {
    call: (options, gemma) =>
      steps(gemma.model, [2], gemma.createCache(), new Map(), options).next(),
    seen: STEPS,
  },
  "interp/interventions/ablation.ts ablateHead": {
    call: (options) => ablateHead(0, 0, options),
    seen: ABLATION,
  },
  "interp/interventions/ablation.ts ablateNeuron": {
    call: (options) => ablateNeuron(0, 0, options),
    seen: ABLATION,
  },
  "interp/heads/attention-maps.ts attentionStages": {
    call: (options, gemma) => attentionStages(gemma.model, [2], options),
    seen: STAGES,
  },
  "interp/heads/head-detectors.ts detectHeads": {
    call: (options, gemma) => detectHeads(gemma.model, undefined, options),
    seen: DETECT,
  },
  "interp/interventions/patch-with.ts patchWith": {
    call: (options, gemma) =>
      patchWith(new ActivationCache(gemma.config, [2], [0], new Map()), "logits", options),
    seen: {
      positions: [
        "interp/interventions/patch-with.spec.ts",
        "replaces the rows and heads that are asked for",
      ],
      heads: [
        "interp/interventions/patch-with.spec.ts",
        "replaces the rows and heads that are asked for",
      ],
    },
  },
  "interp/interventions/patching.ts patchingSweep": {
    call: (options, gemma) => patchingSweep(gemma.model, options),
    seen: PATCHING,
  },
  "interp/gradients/tap-gradients.ts tapGradients": {
    call: (options, gemma) => tapGradients(gemma.model, [2], options),
    seen: TAP_GRADIENTS,
  },
  "interp/run/run-with-cache.ts runWithCache": {
    call: (options, gemma) => runWithCache(gemma.model, [2], options),
    seen: RUN_WITH_CACHE,
  },
  "interp/run/run-with-cache.ts runWithHooks": {
    call: (options, gemma) => runWithHooks(gemma.model, [2], {}, options),
    seen: RUN,
  },
  "interp/lens/lens.ts logitLens": {
    call: (options, gemma) => logitLens(gemma.model, [2], options),
    seen: LENS,
  },
  "interp/attribution/attribution.ts attributeLogit": {
    call: (options, gemma) => attributeLogit(gemma.model, [2], options),
    seen: ATTRIBUTION,
  },
  "interp/attribution/logit-attrs.ts logitAttrs": {
    call: (options, gemma) => logitAttrs(gemma.model, nothingKept(gemma), cube, options),
    seen: {
      token: [ATTRIBUTION_SPEC, "logitAttrs of its parts are those of attributeLogit"],
      against: [ATTRIBUTION_SPEC, "logitAttrs of its parts are those of attributeLogit"],
      signal: [ATTRIBUTION_SPEC, "ends with its signal, and so does logitAttrs"],
    },
  },
  "interp/attribution/residual.ts decomposeResid": {
    call: (options, gemma) => decomposeResid(nothingKept(gemma), options),
    seen: { layer: DECOMPOSED, heads: DECOMPOSED },
  },
  "interp/attribution/residual.ts accumulatedResid": {
    call: (options, gemma) => accumulatedResid(nothingKept(gemma), options),
    seen: { layer: [ATTRIBUTION_SPEC, "accumulatedResid ends in the logit"] },
  },
  "interp/attribution/residual.ts stackHeadResults": {
    call: (options, gemma) => stackHeadResults(nothingKept(gemma), options),
    seen: { layer: [ATTRIBUTION_SPEC, "stackHeadResults of the blocks before one"] },
  },
  "interp/run/trace.ts trace": {
    call: (options, gemma) => trace(gemma.model, [2], options),
    seen: {
      names: ["interp/run/trace.spec.ts", "keeps what is asked for by name"],
      signal: COMPUTING,
    },
  },
  "model/model.ts Model.load": {
    call: async (options) => {
      const { config, tensors } = await opened;
      return Model.load({ config, tensors, backend: cpuBackend(), ...options });
    },
    seen: {
      config: ["model/weights/match.spec.ts", "is refused if"],
      tensors: ["model/weights/match.spec.ts", "is refused if"],
      backend: ["model/batch.spec.ts", "is as good on a backend that somebody else wrote"],
      embedScale: [GEMMA_SPEC, "offers the released models' rounded √D in any precision"],
      paddingIds: [STOPS, "are never chosen if they are zeros"],
      forward: [RUN_TAPE, "is what the model runs, and what a tape is made of"],
      background: ["model/ownership.spec.ts", "may read weights in any order while they arrive"],
      name: ["model/weights/match.spec.ts", "is called by its name in errors"],
      signal: ["model/weights/match.spec.ts", "loads with progress in bytes, and stops on abort"],
      onProgress: ["model/weights/match.spec.ts", "loads with progress in bytes, and stops on abo"],
    },
  },
  "model/model.ts Model.addAdapter": {
    call: (options, gemma) => gemma.model.addAdapter("mine", NO_ADAPTER, options),
    seen: {
      sources: ["tuning/adapters.spec.ts", "is seen by all that looks inside"],
      signal: ["tuning/adapters.spec.ts", "stops on abort"],
    },
  },
  "model/model.ts Model.createCache": {
    call: (options, gemma) => gemma.model.createCache(options),
    seen: { contextLength: ["model/kv-cache.spec.ts", "ends with an error, not by wrapping"] },
  },
  "model/model.ts Model.copyCache": {
    call: (options, gemma) => gemma.model.copyCache(gemma.createCache(), options),
    seen: {
      contextLength: ["model/copy-cache.spec.ts", "is as long as it is asked to be"],
      signal: ["model/copy-cache.spec.ts", "leaves nothing of a copy that was aborted"],
    },
  },
  "model/model.ts Model.forwardEach": {
    call: (options, gemma) => gemma.model.forwardEach([2], gemma.createCache(), () => {}, options),
    seen: {
      logits: ["model/turns/turns.spec.ts", "hands over those of the last so many tokens alone"],
      name: ["model/turns/turns.spec.ts", "hands logits over as they come"],
      signal: ["model/turns/turns.spec.ts", "hands logits over as they come"],
    },
  },
  "model/model.ts Model.forward": {
    call: (options, gemma) => gemma.model.forward([2], gemma.createCache(), options),
    seen: {
      logits: ["model/kv-cache.spec.ts", "logits of the last token are those of all tokens' last"],
      signal: ["model/kv-cache.spec.ts", "from a timer stops a long prefill"],
      op: ["generation/error-names.spec.ts", "name the function, of an empty prompt"],
    },
  },
  "model/model.ts Model.top": {
    call: (options, gemma) => gemma.model.top([{ ids: [2], cache: gemma.createCache() }], options),
    seen: {
      signal: ["model/top.spec.ts", "ends with its signal"],
      op: ["generation/error-names.spec.ts", "name the function, of an empty prompt"],
    },
  },
  "model/model.ts Model.topEach": {
    call: (options, gemma) =>
      gemma.model.topEach({ ids: [2], cache: gemma.createCache() }, options),
    seen: {
      signal: ["model/top.spec.ts", "gives what follows each token"],
      op: ["model/top.spec.ts", "gives what follows each token"],
    },
  },
  "model/feed.ts feed": {
    call: (options, gemma) => feed(gemma.model, [], options),
    seen: {
      op: ["model/ownership.spec.ts", "says which call was refused: forward or record"],
      logits: ["model/passes.spec.ts", "give logits of the last token of each sequence"],
      signal: ["model/kv-cache.spec.ts", "from a timer stops a long prefill"],
      slots: [RUN_TAPE, "gives the bits of the page"],
      ids: [RUN_TAPE, "gives the bits of the page"],
      run: [RUN_TAPE, "lets a tap be changed before the next step reads it"],
      read: [RUN_TAPE, "gives the bits of the page"],
      collect: [RUN_TAPE, "gives the bits of the page"],
    },
  },
  "model/run-tape.ts runTape": {
    call: (options) => runTape([], {} as Untyped, options),
    seen: {
      before: [RUN_TAPE, "shows every tap when it has been written"],
      after: [RUN_TAPE, "shows every tap when it has been written"],
    },
  },
  "backend/named.ts backendNamed": {
    call: (options) => backendNamed("cpu", options),
    seen: NAMED,
  },
  "backend/wasm/wasm.ts wasmBackend": {
    call: (options) => wasmBackend(options),
    seen: {
      threads: THREADS,
      maxRows: ["backend/wasm/options.spec.ts", "takes passes of as many rows as it is told"],
      activations: ["backend/wasm/int8.spec.ts", "puts the backend into class q8"],
      simd: ["backend/wasm/options.spec.ts", "uses the instructions that it is told to"],
      workerUrl: WORKER_URL,
      onWarning: ONE_THREAD,
    },
  },
  "backend/webgpu/webgpu.ts webgpuBackend": {
    call: (options) => webgpuBackend(options),
    seen: {
      device: ["backend/webgpu/troubles.spec.ts", "leaves the other alone, on one device"],
      maxRows: ["backend/webgpu/discipline.spec.ts", "takes passes of as many rows as it is told"],
      subgroups: ["backend/webgpu/conformance.spec.ts", "subgroups: %s"],
      maxBindingSize: ["backend/webgpu/discipline.spec.ts", "come in parts"],
    },
  },
  "backend/cpu/cpu.ts cpuBackend": {
    call: (options) => cpuBackend(options),
    seen: {
      precision: ["backend/cpu/cpu.spec.ts", "rounds what is written to its precision"],
      maxRows: ["interp/run/trace.spec.ts", "in chunks too"],
      components: ["backend/cpu/cpu.spec.ts", "runs a component of one's own in place of its own"],
      matmuls: ["training/trainable.spec.ts", "takes the matmuls of others, in float32"],
    },
  },
  "backend/backend.ts Backend.createKV": {
    call: async (options) => cpuBackend().createKV((await opened).config, options),
    seen: { positions: ["model/ownership.spec.ts", "takes memory as it fills, by doubling"] },
  },
  "backend/backend.ts Backend.reserve": {
    call: async (options) => {
      const backend = cpuBackend();
      const kv = backend.createKV((await opened).config, { positions: 1 });
      return backend.reserve?.(kv, options);
    },
    seen: { positions: ["model/ownership.spec.ts", "takes memory as it fills, by doubling"] },
  },
  "tokenizer/tokenizer.ts Tokenizer.encode": {
    call: (options, { tokenizer }) => tokenizer?.encode("Hi", options),
    seen: SPECIAL,
  },
  "tokenizer/tokenizer.ts Tokenizer.encodePieces": {
    call: (options, { tokenizer }) => tokenizer?.encodePieces("Hi", options),
    seen: SPECIAL,
  },
  "tokenizer/tokenizer.ts Tokenizer.count": {
    call: (options, { tokenizer }) => tokenizer?.count("Hi", options),
    seen: { special: COUNT },
  },
  "tokenizer/fill-format.ts fillIds": {
    call: (options, { tokenizer }) => tokenizer && fillIds(tokenizer, "a", "b", options),
    seen: {
      files: [FILL_SPEC, "are CodeGemma's: files first"],
      path: [FILL_SPEC, "are CodeGemma's: files first"],
    },
  },
  "tokenizer/tokenizer.ts Tokenizer.tokens": {
    call: (options, { tokenizer }) => tokenizer?.tokens("Hi", options),
    seen: TOKENS,
  },
  "tokenizer/tokenizer.ts Tokenizer.decode": {
    call: (options, { tokenizer }) => tokenizer?.decode([2], options),
    seen: DECODE,
  },
  "tokenizer/tokenizer.ts Tokenizer.decoder": {
    call: (options, { tokenizer }) => tokenizer?.decoder(options),
    seen: DECODE,
  },
  "tokenizer/decoder.ts StreamDecoder.constructor": {
    call: (options, { tokenizer }) => new StreamDecoder(tokenizer?.vocabulary as Untyped, options),
    seen: DECODE,
  },
  "evaluation/task/evaluate.ts evaluate": {
    call: (options, gemma) => evaluate(new Evaluator(gemma), PIQA, { validation: [{}] }, options),
    seen: EVALUATE,
  },
  "evaluation/report/html/page.ts evaluationPage": {
    call: (options, gemma) => evaluationPage([], new Evaluator(gemma), options),
    seen: {
      model: [PAGE_SPEC, "says whose figures these are"],
      about: [PAGE_SPEC, "says whose figures these are"],
      mostDocuments: [PAGE_SPEC, "shows as many documents as are asked for"],
    },
  },
  "evaluation/requests/evaluator.ts Evaluator.constructor": {
    call: (options, gemma) => new Evaluator(gemma, options),
    seen: EVALUATOR,
  },
  "evaluation/metrics/exact-match.ts exactMatch": {
    call: (options) => exactMatch(options),
    seen: EXACT_MATCH,
  },
  "evaluation/lm-eval/from-lm-eval.ts taskFromLmEval": {
    call: (options) => taskFromLmEval({}, options),
    seen: {
      functions: [FROM_LM_EVAL, "may name functions: known ones, for their data alone"],
      include: [FROM_LM_EVAL, "may include another"],
    },
  },
  "tokenizer/chat-format.ts chatPrompt": {
    call: (options) => chatPrompt([{ role: "user", content: "Hi" }], options),
    seen: { ...TURNS, continueFinalMessage: OPENED },
  },
  "tokenizer/chat-format.ts chatIds": {
    call: (options, { tokenizer }) =>
      chatIds(tokenizer as Untyped, [{ role: "user", content: "Hi" }], options),
    seen: { ...FORMAT, continueFinalMessage: OPENED },
  },
  "checkpoint/open.ts openCheckpoint": {
    call: (options) => openCheckpoint(filesFolder({}), options),
    seen: { signal: OPENING },
  },
  "checkpoint/open-tokenizer.ts openTokenizer": {
    call: (options) => openTokenizer(new Uint8Array(4), options),
    seen: { signal: OPENING },
  },
  "checkpoint/gguf/open.ts openGguf": {
    call: (options) => openGguf(bytesSource(new Uint8Array(4)), options),
    seen: { signal: OPENING },
  },
  "checkpoint/safetensors/open.ts openHfFolder": {
    call: (options) => openHfFolder(filesFolder({}), options),
    seen: { signal: OPENING },
  },
  "checkpoint/numpy/open.ts openNpz": {
    call: (options) => openNpz(bytesSource(new Uint8Array(4)), options),
    seen: { signal: OPENING },
  },
  "checkpoint/torch/open.ts openTorch": {
    call: (options) => openTorch(bytesSource(new Uint8Array(4)), options),
    seen: { signal: OPENING },
  },
  "checkpoint/torch/open.ts openTorchFolder": {
    call: (options) => openTorchFolder(filesFolder({ x: new Uint8Array(4) }), ["x"], options),
    seen: { signal: OPENING },
  },
  "checkpoint/gguf/write.ts writeGguf": {
    call: async (options) => writeGguf(await opened, options),
    seen: {
      type: ["checkpoint/gguf/write.spec.ts", "is what llama.cpp writes, tensor by tensor"],
      name: ["checkpoint/gguf/write.spec.ts", "calls the model as asked"],
    },
  },
  "checkpoint/safetensors/write.ts writeSafetensors": {
    call: (options) => writeSafetensors(new Map(), options),
    seen: {
      type: NARROWER,
      metadata: ["checkpoint/safetensors/write.spec.ts", "says about the file what it is told to"],
    },
  },
  "checkpoint/numpy/write.ts writeNpzCheckpoint": {
    call: async (options) => writeNpzCheckpoint(await opened, options),
    seen: { type: ["checkpoint/numpy/open.spec.ts", "has every array in the type asked for"] },
  },
  "checkpoint/cached.ts cachedFile": {
    call: (options) => cachedFile(cache, URL_OF_FILE, options),
    seen: {
      ...REQUEST,
      signal: ["browser/opfs-cache.spec.ts", "stops for a signal with its reason"],
      onProgress: ["browser/opfs-cache.spec.ts", "stops for a signal with its reason"],
    },
  },
  "checkpoint/cached.ts cachedFolder": {
    call: (options) => cachedFolder(cache, URL_OF_FILE, options),
    seen: {
      ...REQUEST,
      onProgress: ["browser/opfs-cache.spec.ts", "is downloaded once, with a total that is known"],
    },
  },
  "source/http/folder.ts httpFolder": {
    call: (options) => httpFolder(URL_OF_FILE, options),
    seen: { ...HTTP, signal: ["node/open-path.spec.ts", "ends with the reason of its signal"] },
  },
  "source/http/source.ts httpSource": {
    call: (options) => httpSource(URL_OF_FILE, options),
    seen: {
      ...HTTP,
      signal: ["node/open-path.spec.ts", "ends with the reason of its signal"],
      size: [HTTP_SPEC, "refuses another size than expected"],
      sha256: [HTTP_SPEC, "checks its hash"],
      name: [HTTP_SPEC, "refuses another size than expected"],
    },
  },
  "source/opfs-cache.ts opfsCache": {
    call: (options) => opfsCache(options),
    seen: {
      folder: ["browser/opfs-cache.spec.ts", "is another in another folder"],
      pieceSize: ["browser/opfs-cache.spec.ts", "goes on where it was cut off"],
    },
  },
  "node/download-from-hub.ts downloadFromHub": {
    call: (options) => downloadFromHub("hf:a/b", options),
    seen: {
      ...HTTP,
      retries: ["node/hub.spec.ts", "goes on in the next call"],
      backoff: ["node/hub.spec.ts", "takes a model that is complete"],
      token: ["node/hub.spec.ts", "goes to the hub, and not to its CDN"],
      endpoint: ["node/hub.spec.ts", "is asked first: a second call fetches nothing"],
      cacheDir: ["node/hub.spec.ts", "is laid out as Python's"],
      signal: ["node/hub.spec.ts", "ends with the reason of its signal at any moment"],
      onProgress: ["node/hub.spec.ts", "tells its progress"],
      env: ["node/hub.spec.ts", "HF_HUB_OFFLINE asks nobody"],
    },
  },
  "node/serve/serve.ts serve": {
    call: (options, gemma) => serve(gemma, options),
    seen: {
      port: [SERVER, "listens to this machine alone, on a port that is said"],
      host: [SERVER, "listens to this machine alone, on a port that is said"],
      key: [SERVER, "asks for a key, if it has one"],
      cors: [SERVER, "lets pages of named origins ask, and of no others"],
      queue: [SERVER, "turns away those beyond its queue"],
      parallel: [SERVER, "has as many texts under way as it may"],
      contextLength: [
        "node/serve/harness.spec.ts",
        "has room before as many ids as the client sends",
      ],
      name: ["node/serve/openai-client.spec.ts", "lists the model, and retrieves it"],
      maxBodyBytes: ["node/serve/refused.spec.ts", "that is too large is refused"],
      requestTimeout: ["node/serve/refused.spec.ts", "that comes too slowly is refused"],
      onError: [SERVER, "says what failed to its operator, and not to the client"],
    },
  },
  "evaluation/code/pass-rate.ts runPrograms": {
    call: (options) => runPrograms({} as Untyped, [], [], options),
    seen: { signal: ["evaluation/code/code.spec.ts", "are run with the signal that was given"] },
  },
  "node/code-runner/python-runner.ts pythonRunner": {
    call: (options) => pythonRunner(options),
    seen: CODE_RUNNER,
  },
  "node/code-runner/javascript-runner.ts javascriptRunner": {
    call: (options) => javascriptRunner(options),
    seen: CODE_RUNNER,
  },
  "node/testee/process-testee.ts processTestee": {
    call: (options) => processTestee("node", [], options),
    seen: {
      timeoutMs: [BAD_TESTEES, "is waited for as long as was said, and killed"],
      startTimeoutMs: [BAD_TESTEES, "at its start is waited for as long as was said for that"],
      restarts: [BAD_TESTEES, "and not tried for ever"],
      signal: [BAD_TESTEES, "after an abort, whose reason is the error"],
      cwd: [TESTEE, "is started with what was said"],
      env: [TESTEE, "is started with what was said"],
      suite: [TESTEE, "is started with what was said"],
      tokenizer: [TESTEE, "is started with what was said"],
      onLog: [TESTEE, "is started with what was said"],
    },
  },
  "node/testee/serve-testee.ts serveTestee": {
    call: (options) => serveTestee({ forward() {} } as Untyped, options),
    seen: {
      input: ["node/testee/serve-testee.spec.ts", "answers lines from its input until bye"],
      write: ["node/testee/serve-testee.spec.ts", "writes each answer as a line"],
    },
  },
  "node/open-path.ts openPath": {
    call: (options) => openPath("/nowhere", options),
    seen: {
      signal: ["node/open-path.spec.ts", "in Node ends with the reason of its signal"],
      onProgress: ["cli/remote.spec.ts", "downloads the model, once"],
      download: ["cli/remote.spec.ts", "is read by range where its weights are not needed"],
    },
  },
  "conformance/backend/as-tests.ts conformanceTests": {
    call: (options) => conformanceTests(naiveBackend, NO_SUITE, NO_RUNNER, options),
    seen: { ...CONFORMANCE, tiers: [CONFORMANCE_SPEC, "one for each check by its id"] },
  },
  "conformance/backend/backend-testee.ts backendTestee": {
    call: (options) => backendTestee(naiveBackend() as unknown as Backend, options),
    seen: {
      maxRows: [CONFORMANCE_SPEC, "is fed in passes of at most so many rows"],
      way: [CONFORMANCE_SPEC, "shares tensors as generation does"],
    },
  },
  "conformance/conformance.ts conformance": {
    call: (options) => conformance(naiveBackend, { suite: NO_SUITE, ...options }),
    seen: {
      suite: [RUN_SPEC, "takes an engine, what makes one"],
      texts: [RUN_SPEC, "takes tiers, a class and a signal"],
      tiers: [RUN_SPEC, "takes tiers, a class and a signal"],
      accuracy: [RUN_SPEC, "takes tiers, a class and a signal"],
      only: [RUN_SPEC, "takes an engine, what makes one"],
      signal: [RUN_SPEC, "takes tiers, a class and a signal"],
      onResult: [RUN_SPEC, "takes tiers, a class and a signal"],
    },
  },
  "conformance/run/run.ts runSuite": {
    call: (options) => runSuite(engineTestee(), NO_SUITE, options),
    seen: {
      tiers: [RUN_SPEC, "has the tiers and the vectors that are asked for"],
      accuracy: [RUN_SPEC, "judges in the class that is asked for"],
      only: [RUN_SPEC, "has the tiers and the vectors that are asked for"],
      signal: [RUN_SPEC, "ends with the reason of its signal"],
      onResult: [RUN_SPEC, "tells of each as it comes"],
    },
  },
  "conformance/run/engine-testee.ts engineTestee": {
    call: (options) => engineTestee(options),
    seen: {
      components: [ENGINE_SPEC, "change what it computes"],
      wiring: [ENGINE_SPEC, "change what it computes"],
      precision: [ENGINE_SPEC, "change what it computes"],
      weights: [ENGINE_SPEC, "change what it computes"],
      mutant: [ENGINE_SPEC, "change what it computes"],
      info: [ENGINE_SPEC, "info is what it says of itself"],
    },
  },
  "conformance/report/summary.ts summary": {
    call: (options) => summary(NO_REPORT, options),
    seen: {
      columns: ["conformance/report/summary.spec.ts", "lists so many failures"],
      paint: ["conformance/report/summary.spec.ts", "paints what is good"],
      mostFailures: ["conformance/report/summary.spec.ts", "lists so many failures"],
    },
  },
  "conformance/distance-from-google.ts compareWithGoogle": {
    call: (options) => compareWithGoogle(filesFolder({}), options),
    seen: {
      float64: ["cli/commands/demo.spec.ts", "does not take logits that are not a number"],
      float32: ["cli/commands/demo.spec.ts", "does not take logits that are not a number"],
    },
  },
  "nn/attention.ts attention": {
    call: (options) => attention(cube, cube, cube, options),
    seen: {
      ...RESULT,
      pos: [COMPONENTS, "never looks at later keys, not even at NaN"],
      scale: [COMPONENTS, "multiplies queries by its scale"],
      scores: [COMPONENTS, "hands out scores and pattern"],
      pattern: [COMPONENTS, "hands out scores and pattern"],
    },
  },
  "nn/embedding.ts embed": {
    call: (options) => embed([0], row, options),
    seen: { ...RESULT, scale: [COMPONENTS, "gives 2 for a table of ones of width 4, scaled by"] },
  },
  "nn/geglu.ts geglu": { call: (options) => geglu(row, row, options), seen: RESULT },
  "nn/linear.ts linear": { call: (options) => linear(row, row, options), seen: RESULT },
  "nn/residual.ts add": { call: (options) => add(row, row, options), seen: RESULT },
  "nn/rmsnorm.ts rmsNorm": {
    call: (options) => rmsNorm(row, f32(2), options),
    seen: {
      ...RESULT,
      eps: ["nn/ops.spec.ts", "equals gemma_pytorch's RMSNorm"],
      normOffset: [COMPONENTS, "scales by 1 + weight, or by weight where the 1 is folded in"],
    },
  },
  "nn/rope.ts applyRope": {
    call: (options) => applyRope(cube, 0, options),
    seen: { ...RESULT, theta: THETA },
  },
  "nn/rope.ts ropeAngles": {
    call: (options) => ropeAngles(0, 1, 2, options),
    seen: {
      theta: THETA,
      precision: ["nn/ops.spec.ts", "rounds angles where gemma_pytorch's float32 does"],
    },
  },
  "nn/softmax.ts softmax": { call: (options) => softmax(row, options), seen: RESULT },
};

/** What the doors have that is not in {@link CALLS}, and why. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "backend/named.ts NamedBackend.check": "is called by backendNamed, with what that was given",
  "backend/named.ts NamedBackend.make": "is called by backendNamed, with what that was given",
  "evaluation/code/code-runner.ts CodeRunner.run":
    "needs a process, and often Python: spec/node/code-runner/python-runner.spec.ts",
  "preference/rollout/reference.ts ScoresTokens.logprobs":
    "is called by drawRollouts: TrainableModel.logprobs, or what a caller has",
  "source/opfs-cache.ts FileCache.download": "needs a browser: spec/browser/opfs-cache.spec.ts",
};
