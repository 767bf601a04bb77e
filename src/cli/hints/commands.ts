/**
 * What to say about a word that is no command: the command that was meant, or what stands for a command of llama.cpp
 * or ollama.
 * @module
 */
import { nearest, plain } from "../../option-hints.ts";
import type { Command } from "../command.ts";

const SENTENCES: readonly (readonly [names: string, sentence: string])[] = [
  ["run ask prompt cli main", "did you mean generate or chat?"],
  ["complete completion continue sample infer predict", "did you mean generate?"],
  ["talk converse conversation interactive", "did you mean chat?"],
  ["fill infill fim insert", "generate PREFIX --suffix SUFFIX fills in between"],
  ["embedding embeddings vector vectors similarity", "did you mean embed?"],
  ["perplexity ppl loglikelihood", "did you mean score?"],
  ["evaluate lm-eval lmeval harness tasks", "did you mean eval?"],
  ["encode tokens tokenizer", "did you mean tokenize?"],
  ["decode detokenize", "tokenize --ids LIST decodes"],
  ["info show describe dump config params", "did you mean inspect?"],
  ["export gguf", "did you mean convert?"],
  ["quantize quant", "convert IN OUT.gguf --type Q8_0 quantises"],
  ["trace forward activations", "logits --trace FILE.npz writes every intermediate"],
  ["logitlens attribution attribute interp", "did you mean lens?"],
  ["walk follow steps why look inside", "did you mean explain?"],
  ["heads attn attentions pattern patterns", "did you mean attention?"],
  ["start example examples", "did you mean demo?"],
  ["prefer preference vote llm-judge mt-bench arena elo", "did you mean judge?"],
  ["conformance check compare test validate selftest", "did you mean verify?"],
  ["exercises learn lesson course practice tutorial", "did you mean exercise?"],
  ["benchmark speed perf performance", "did you mean bench?"],
  ["new init scaffold stub backend", "did you mean new-backend?"],
  ["server api listen host http openai", "did you mean serve?"],
  [
    "download pull get fetch",
    "chat --model hf:OWNER/NAME downloads it first; inspect hf:OWNER/NAME only looks",
  ],
  ["list ls ps rm", "models are files and folders here, given as --model PATH"],
  ["pretrain training fit learn-from", "did you mean train?"],
  ["reward-model rm bradley-terry reward-trainer", "did you mean reward?"],
  ["finetune fine-tune tune tuning lora peft instruct", "did you mean sft?"],
  ["preference-optimization ipo orpo kto dpo-trainer", "did you mean dpo?"],
  ["rlvr grpo ppo reinforce rloo", "rlhf learns from a reward model, by REINFORCE"],
  ["version", `did you mean gemma-reference --version?`],
];

const SAID = new Map(
  SENTENCES.flatMap(([names, said]) => names.split(" ").map((name) => [name, said] as const)),
);

/** The hint for `word`, which stands where a command should. */
export function commandHint(word: string, commands: readonly Command[]): string | undefined {
  const known = commands.map(({ name }) => name);
  const said = SAID.get(plain(word));
  if (said !== undefined) return said;
  if (/\s/.test(word)) return `gemma-reference generate TEXT continues a text`;
  if (/^hf:|[/\\]|\.(gguf|npz|safetensors)$/i.test(word)) {
    return "a command comes first, as in inspect PATH or chat --model PATH";
  }
  const near = nearest(word, known);
  return near && `did you mean ${near}?`;
}

/** The hint for an option that stands where a command should. */
export function earlyOptionHint(written: string): string {
  const near = /^-V$/.test(written) ? "version" : nearest(written, ["help", "version"]);
  if (near !== undefined) return `did you mean --${near}?`;
  return "a command comes first, as in generate --model PATH";
}
