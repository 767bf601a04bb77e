/**
 * What to say about an option that a command does not have: the name that was meant, what stands for an option of
 * llama.cpp, ollama, transformers or OpenAI's API, or the command that has it. The names that the library knows
 * (`../../option-hints.ts`) count here too; sentences that speak of its calls are said in the terminal's words.
 * @module
 */
import { nearest, ourNamesOf, plain, sentenceAbout } from "../../option-hints.ts";
import { COMMON_OPTIONS, type Command } from "../command.ts";

/** Other programs' names of our options. One letter has its dash: `-n` and `--n` are two things. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "max-tokens": "-n predict num-tokens",
  prompt: "-p text input question in-prefix prefix",
  suffix: "in-suffix input-suffix infill fim",
  given: "context-text condition",
  pooling: "pooling-type",
  normalize: "embd-normalize normalise",
  text: "-p prompt input",
  model:
    "-m model-path model-id model-name model-name-or-path path pretrained checkpoint weights hf hf-repo hfr",
  context: "-c",
  "top-k": "-k",
  seed: "-s",
  stop: "-r stop-sequence stop-string stop-word stop-text",
  "stop-ids": "eos eos-id eos-token eos-token-id end-id stop-id stop-token-ids stop-tokens",
  "ignore-eos": "no-eos",
  penalty: "repeat-penalty repetition-penalty",
  bias: "-l logit-bias token-bias bad-words-ids suppress-tokens",
  "min-tokens": "min-new-tokens min-length",
  "top-logprobs": "logprobs output-scores n-probs",
  prefill: "response-prefix assistant-prefix continue-final-message",
  samples: "n num-samples num-return-sequences best-of samples parallel",
  precision: "type",
  key: "api-key",
  cors: "allow-origin allowed-origins cors-origin",
  name: "alias served-model-name",
  threads: "-t tb threads-batch n-threads num-threads",
  backend: "device",
  type: "-q precision dtype quant quantize quantized",
  special: "parse-special",
  ids: "decode detokenize",
  out: "-o outfile output-path output-dir",
  lr: "learning-rate",
  batch: "batch-size per-device-train-batch-size total-batch-size",
  steps: "max-steps iters num-steps train-steps max-iters",
  epochs: "num-train-epochs num-epochs epoch",
  warmup: "warmup-steps warmup-iters",
  decay: "weight-decay wd",
  clip: "max-grad-norm grad-clip max-norm gradient-clip",
  optimizer: "optim",
  rank: "lora-r r lora-rank",
  alpha: "lora-alpha",
  targets: "lora-target-modules target-modules",
  lora: "use-peft peft use-lora",
  adapter: "lora lora-path lora-adapter adapter-path peft peft-model lora-modules enable-lora",
  valid: "eval-data validation valid-data validation-file eval-dataset",
  "valid-every": "eval-steps eval-interval steps-per-eval",
  "save-every": "save-steps save-interval",
  resume: "resume-from-checkpoint continue prompt-cache session load-session",
  save: "save-session prompt-cache-all save-chat",
  "prompt-lookup":
    "lookup lookup-ngram-min draft draft-max spec-ngram prompt-lookup-num-tokens speculative",
  smoothing: "label-smoothing label-smoothing-factor",
  recompute: "gradient-checkpointing grad-checkpoint activation-checkpointing",
  tokens: "max-length max-seq-length max-seq-len block-size seq-length",
  "train-on": "assistant-only-loss completion-only-loss mask-prompt",
  shots: "num-fewshot n-shot fewshot",
  chat: "apply-chat-template",
  system: "system-instruction",
  help: "? usage",
};

/** What is no option of a command, and can be given to it otherwise. */
const PLACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  convert: {
    model: "IN is the first argument: convert IN OUT",
    out: "OUT is the second argument: convert IN OUT",
  },
  train: {
    data: "files are arguments: train DATA...",
    dataset: "files are arguments: train DATA...",
  },
  sft: {
    data: "the file is an argument: sft DATA.jsonl",
    dataset: "the file is an argument: sft DATA.jsonl",
  },
  reward: {
    data: "the file is an argument: reward PAIRS.jsonl",
    dataset: "the file is an argument: reward PAIRS.jsonl",
  },
  dpo: {
    data: "the file is an argument: dpo PAIRS.jsonl",
    dataset: "the file is an argument: dpo PAIRS.jsonl",
    reference: "the model is held to what it is at the beginning",
    "ref-model": "the model is held to what it is at the beginning",
  },
  eval: { tasks: "tasks are arguments: eval TASK..." },
  tokenize: { text: "the text is an argument: tokenize TEXT" },
  chat: { prompt: "messages come from stdin, or are typed at the prompt" },
};

/** What is to be said where no option of the command is meant. */
const SENTENCES: readonly (readonly [names: string, sentence: string])[] = [
  [
    "system system-prompt system-message sys sysf system-prompt-file",
    "Gemma has no system role: put the instruction at the start of the first message",
  ],
  [
    "typical typical-p tfs tfs-z mirostat mirostat-tau mirostat-ent eta-cutoff epsilon-cutoff top-a top-n-sigma xtc-probability",
    "--temperature, --top-p, --top-k and --min-p are all there is to choose by",
  ],
  ["logits-processor", "--bias changes logits; functions are the library's"],
  [
    "frequency-penalty presence-penalty no-repeat-ngram-size repeat-last-n",
    "--penalty makes tokens less probable that have come",
  ],
  [
    "stream streamer no-stream on-token on-text-chunk on-response-chunk callback-function",
    "text always streams",
  ],
  [
    "output-hidden-states output-attentions return-dict stop-at-layer",
    "logits --trace writes every intermediate",
  ],
  [
    "quant quantize quantized quantization load-in-4bit load-in-8bit",
    "weights stay as their file has them; convert --type Q8_0 writes smaller ones",
  ],
  ["format output-format", "--json writes JSON; convert goes by the ending of OUT"],
  ["token hf-token hft api-key access-token", "set HF_TOKEN in the environment"],
  ["endpoint hf-endpoint", "set HF_ENDPOINT in the environment"],
  ["cache-dir local-dir hf-home", "set HF_HOME in the environment"],
  ["proxy http-proxy https-proxy", "set HTTPS_PROXY in the environment"],
  ["ngl gpu-layers n-gpu-layers", "--backend webgpu computes all layers on a GPU"],
  [
    "bos no-bos add-bos no-add-bos",
    "a text gets its BOS (not from tokenize); ids are taken as they are",
  ],
  ["-f file prompt-file input-file", "a text in a file comes on stdin: < FILE"],
  ["-o out output outfile output-file", "redirect stdout: > FILE"],
  ["-i cnv conversation interactive", "the command chat is a conversation"],
  ["no-cnv no-conversation", "the command generate continues a text as it is"],
  ["chat-template chat-template-file jinja", "the chat template is that of the model's files"],
  ["echo no-display-prompt", "the prompt is not shown again"],
  ["-v verbose", "--debug shows the stack of an error; there is nothing more to show"],
  [
    "-q quiet silent log-disable no-progress",
    "progress goes to a terminal only, on stderr: 2> /dev/null hides it",
  ],
  ["-V version", `gemma-reference --version says the version`],
];

/** An option as a name to look up: `--max_tokens=5` → `maxtokens`, `-n` → `-n`, `-sys` → `sys`. */
const keyOf = (written: string) => (/^-\w$/.test(written) ? written : plain(written));

const MEANT = new Map<string, Set<string>>();
for (const [ours, names] of Object.entries(ELSEWHERE)) {
  for (const name of names.split(" ")) {
    MEANT.set(keyOf(name), (MEANT.get(keyOf(name)) ?? new Set()).add(ours));
  }
}
const SAID = new Map(
  SENTENCES.flatMap(([names, said]) =>
    names.split(" ").map((name) => [keyOf(name), said] as const),
  ),
);

/**
 * The hint for an option that `command` does not have.
 * @param written with its dashes.
 * @param commands all there are.
 */
export function optionHint(
  written: string,
  command: Command,
  commands: readonly Command[],
): string | undefined {
  const known = Object.keys({ ...command.options, ...COMMON_OPTIONS });
  const here = meant(written, known);
  if (here !== undefined) return `did you mean --${here}?`;
  const places = PLACES[command.name] ?? {};
  const place = meant(written, Object.keys(places));
  if (place !== undefined) return places[place];
  const said = SAID.get(keyOf(written)) ?? homeOf(written, commands) ?? sentenceAbout(written);
  if (said !== undefined) return said;
  const without = written.replace(/^--no-/, "");
  if (without !== written && known.includes(without)) return `leave --${without} out`;
  const near = nearest(written, known);
  if (near !== undefined) return `did you mean --${near}?`;
  return /\s|^-[.\d]/.test(written) ? "a text that begins with a dash goes behind --" : undefined;
}

/** The one of `known` that has this name, here or elsewhere. */
function meant(written: string, known: readonly string[]): string | undefined {
  const key = keyOf(written);
  const same = known.find((ours) => plain(ours) === key);
  const elsewhere = known.find((ours) => MEANT.get(key)?.has(ours));
  const inLibrary = key === written ? [] : ourNamesOf(written);
  const shared = known.find((ours) => ourNamesOf(ours).some((name) => inLibrary.includes(name)));
  return same ?? elsewhere ?? shared;
}

/** `--context is an option of chat`. */
function homeOf(written: string, commands: readonly Command[]): string | undefined {
  const homes = commands.flatMap((command) => {
    const ours = meant(written, Object.keys(command.options));
    return ours === undefined ? [] : [{ ours, name: command.name }];
  });
  if (homes.length === 0) return undefined;
  const same = homes.find(({ ours }) => plain(ours) === keyOf(written));
  const { ours } = same ?? homes[0];
  const names = homes.filter((home) => home.ours === ours).map(({ name }) => name);
  return `--${ours} is an option of ${names.join(", ").replace(/, ([^,]*)$/, " and $1")}`;
}
