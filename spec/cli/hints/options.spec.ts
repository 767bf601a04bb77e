import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";

const SYSTEM = "Gemma has no system role: put the instruction at the start of the first message";
const GPU = "--backend webgpu computes all layers on a GPU";

/** An option of others, and what `generate` says of it; what is not a sentence is an option of ours. */
const FOREIGN: readonly (readonly [program: string, names: string, hint: string])[] = [
  // https://github.com/ggml-org/llama.cpp/blob/master/tools/main/README.md
  ["llama.cpp", "-n --n-predict --predict", "--max-tokens"],
  ["llama.cpp", "-m --model-path -hf --hf-repo", "--model"],
  ["llama.cpp", "-p", "--prompt"],
  ["llama.cpp", "--temp", "--temperature"],
  ["llama.cpp", "-s", "--seed"],
  ["llama.cpp", "-r --reverse-prompt", "--stop"],
  ["llama.cpp", "-c --ctx-size", "--context is an option of chat"],
  ["llama.cpp", "-t -tb --threads-batch", "--threads"],
  ["llama.cpp", "-ngl --n-gpu-layers --gpu-layers", GPU],
  ["llama.cpp", "-sys --system --system-prompt", SYSTEM],
  ["llama.cpp", "-cnv --conversation -i", "the command chat is a conversation"],
  ["llama.cpp", "-no-cnv", "the command generate continues"],
  ["llama.cpp", "--typical --mirostat", "--temperature, --top-p, --top-k and --min-p are all"],
  ["llama.cpp", "--repeat-penalty", "--penalty"],
  ["llama.cpp", "--presence-penalty", "--penalty makes"],
  ["llama.cpp", "-l --logit-bias", "--bias"],
  ["llama.cpp", "-f --file", "comes on stdin: < FILE"],
  ["llama.cpp", "--outtype", "--type is an option of convert"],
  ["ollama", "--verbose", "--debug shows the stack"],
  ["ollama", "--format", "--json writes JSON"],
  ["ollama", "--quantize -q", "(?:convert --type Q8_0|goes to a terminal only)"],
  ["transformers", "--max-new-tokens --max_new_tokens --max_length", "--max-tokens"],
  ["transformers", "--dtype --torch-dtype", "--precision"],
  ["transformers", "--device", "--backend"],
  ["transformers", "--num-return-sequences --num-samples", "--samples"],
  ["transformers", "--revision", "hf:OWNER/NAME@REVISION"],
  ["transformers", "--token --hf-token", "set HF_TOKEN"],
  ["transformers", "--num-beams", "there is no beam search"],
  ["transformers", "--eos --eos-token-id", "--stop-ids"],
  ["OpenAI", "--max_tokens --max-completion-tokens", "--max-tokens"],
  ["OpenAI", "--top_p", "--top-p"],
  ["OpenAI", "--top_k", "--top-k"],
  ["OpenAI", "--n", "--samples"],
  ["OpenAI", "--stream", "text always streams"],
  ["OpenAI", "--stop-sequence --stop-sequences", "--stop"],
  ["OpenAI", "--logprobs", "--top-logprobs"],
  ["transformers", "--min-new-tokens", "--min-tokens"],
  ["node-llama-cpp", "--response-prefix", "--prefill"],
  ["others", "--outfile --output -o", "> FILE"],
  ["others", "--no-bos --add-bos", "a text gets its BOS"],
  ["others", "--quiet --silent", "progress goes to a terminal only"],
];

describe("an option of lm-evaluation-harness, given to eval", () => {
  it.each([
    ["--num_fewshot", "--shots"],
    ["--output_path", "--out"],
    ["--apply_chat_template", "--chat"],
    ["--system_instruction", "--system"],
    ["--tasks", "tasks are arguments: eval TASK..."],
  ])("%s: %s", async (name, hint) => {
    const { code, err } = await cli(["eval", "demo", name, "1"]);
    expect([code, err]).toEqual([2, expect.stringContaining(hint)]);
  });
});

describe("an option of TRL, PEFT or nanoGPT, given to sft", () => {
  it.each([
    ["--learning_rate", "--lr"],
    ["--per_device_train_batch_size", "--batch"],
    ["--max_steps", "--steps"],
    ["--num_train_epochs", "--epochs"],
    ["--gradient_checkpointing", "--recompute"],
    ["--max_grad_norm", "--clip"],
    ["--lora_r", "--rank"],
    ["--resume_from_checkpoint", "--resume"],
    ["--output_dir", "--out"],
    ["--dataset", "the file is an argument: sft DATA.jsonl"],
  ])("%s: %s", async (name, hint) => {
    const { code, err } = await cli(["sft", "demo", name, "1"]);
    expect([code, err]).toEqual([2, expect.stringContaining(hint)]);
  });
});

describe("an option that a command does not have", () => {
  it.each(FOREIGN)("%s's %s: %s", async (_, names, hint) => {
    const said = hint.startsWith("--") && !hint.includes(" ") ? `did you mean ${hint}\\?` : hint;
    for (const name of names.split(" ")) {
      const { code, out, err } = await cli(["generate", name, "4", "Once"]);
      expect([code, out]).toEqual([2, ""]);
      const refusal = `^gemma-reference generate: unknown option "${name}"; .*${said}`;
      expect(err).toMatch(new RegExp(refusal));
    }
  });

  it.each([
    [["chat", "-c", "9"], "did you mean --context?"],
    [["score", "-p", "a"], "did you mean --text?"],
    [["logits", "-o", "a"], "did you mean --out?"],
    [["convert", "a", "b", "--quantize"], "did you mean --type?"],
    [["convert", "a", "--outtype=f16"], 'option "--outtype"; did you mean --type?'],
    [["convert", "-m", "a"], "IN is the first argument"],
    [["convert", "a", "--outfile", "b"], "OUT is the second argument"],
    [["tokenize", "--text", "a"], "the text is an argument"],
    [["chat", "--prompt", "a"], "messages come from stdin"],
    [["generate", "--in-suffix", "a"], "did you mean --suffix?"],
    [["generate", "--given", "a"], "--given is an option of score"],
    [["embed", "--embd-normalize", "2"], "did you mean --normalize?"],
    [["score", "--temperature", "1"], "--temperature is an option of generate and chat"],
    [
      ["demo", "--precision", "a"],
      "is an option of generate, chat, score, embed, serve, eval, audit, explain, train, sft, reward, dpo, rlhf, align, logits, lens, attention, judge and bench",
    ],
    // Slips, and other ways to write what is there.
    [["generate", "--tempertaure=1"], 'option "--tempertaure"; did you mean --temperature?'],
    [["generate", "-temperature"], 'option "-temperature"; did you mean --temperature?'],
    [["generate", "--Top-P"], "did you mean --top-p?"],
    [["inspect", "--no-json"], "leave --json out"],
    [["generate", "- a list"], "a text that begins with a dash goes behind --"],
    [["score", "-5"], "a text that begins with a dash goes behind --"],
    [["generate", "--frobnicate"], undefined],
    [["generate", "--__proto__"], undefined],
  ])("%j: %s", async (argv, hint) => {
    const { code, err } = await cli(argv);
    expect(code).toBe(2);
    if (hint === undefined) expect(err).toMatch(/unknown option "[^"]*" \(see/);
    else expect(err).toContain(hint);
  });

  it("is answered in the words of the terminal, whatever the command", async () => {
    const library =
      "--on-token --streamer --suppress-tokens --return-dict --top-a --quantized --stop-at-layer --samples --cache --signal";
    const names = [...FOREIGN.flatMap(([, names]) => names.split(" ")), ...library.split(" ")];
    for (const command of ["demo", "chat", "score", "inspect", "convert", "tokenize", "logits"]) {
      const { out: help } = await cli([command, "--help"]);
      for (const name of names) {
        const { err } = await cli([command, name]);
        const [, hint = ""] = /unknown option "[^"]*"; (.*) \(see/.exec(err) ?? [];
        // topP, encode(text), { special: true }
        expect(hint).not.toMatch(/\b[a-z]+[A-Z]|[a-z]\(|[{}]/);
        const [, meant] = /did you mean (--[\w-]+)/.exec(hint) ?? [];
        if (meant !== undefined) expect(help).toContain(` ${meant} `);
      }
    }
  });
});
