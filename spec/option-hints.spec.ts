import { describe, expect, it } from "vitest";
import { hintFor, nearest } from "../src/option-hints.ts";

const GENERATE =
  "temperature topP topK minP maxTokens minTokens seed stop stopTokenIds ignoreEos logitBias repetitionPenalty frequencyPenalty presencePenalty logitsProcessor topLogprobs signal cache".split(
    " ",
  );
const CHAT = [...GENERATE, "messages", "contextLength", "allowTurnMarkers"];
const LOAD = "backend precision embedScale background signal onProgress".split(" ");
const HUB = "token endpoint cacheDir signal onProgress".split(" ");

describe("the hint for an unknown option", () => {
  it.each<[name: string, known: readonly string[], hint: string | undefined]>([
    // transformers and transformers.js
    ["max_new_tokens", GENERATE, "did you mean maxTokens?"],
    ["maxNewTokens", GENERATE, "did you mean maxTokens?"],
    ["do_sample", GENERATE, "greedy is the default; a temperature draws"],
    ["num_return_sequences", [...GENERATE, "samples"], "did you mean samples?"],
    ["num_return_sequences", CHAT, "samples is an option of generate: generate(prompt, {"],
    ["batch_size", GENERATE, "atOnce is an option of generate of several prompts"],
    ["repetition_penalty", GENERATE, "did you mean repetitionPenalty?"],
    ["dtype", LOAD, "did you mean precision?"],
    ["device", LOAD, "did you mean backend?"],
    ["quantized", LOAD, "open a GGUF file"],
    ["progress_callback", LOAD, "did you mean onProgress?"],
    ["cache_dir", HUB, "did you mean cacheDir?"],
    ["revision", HUB, "hf:OWNER/NAME@REVISION"],
    ["streamer", GENERATE, "for await"],
    ["min_new_tokens", GENERATE, "did you mean minTokens?"],
    ["eos_token_id", GENERATE, "did you mean stopTokenIds?"],
    ["eosTokenIds", GENERATE, "did you mean stopTokenIds?"],
    ["stopping_criteria", GENERATE, "leave the loop with break"],
    ["use_cache", GENERATE, "a cache is always used"],
    ["max_length", GENERATE, "did you mean maxTokens?"],
    ["max_length", ["contextLength"], "did you mean contextLength?"],
    ["pad_token_id", GENERATE, "no padding"],
    ["paddingSide", GENERATE, "no padding"],
    ["attention_mask", GENERATE, "no padding"],
    ["return_full_text", GENERATE, "never contains the prompt"],
    ["skip_special_tokens", ["vocabSize"], "tokenizer.piece(id)"],
    ["skip_special_tokens", ["special"], "decode(ids, { special: true }) shows them"],
    ["add_special_tokens", ["special"], "special: true"],
    ["max_length", ["window", "stride"], "did you mean window?"],
    ["context", ["given", "window"], "did you mean given?"],
    ["given", GENERATE, "score(text, { given: context })"],
    ["suffix", GENERATE, "gemma.fill(prefix, suffix)"],
    ["input_extra", ["files", "path"], "did you mean files?"],
    ["normalize_embeddings", ["pooling", "normalize"], "did you mean normalize?"],
    ["pooling", GENERATE, "pooling is an option of embed"],
    ["return_offsets_mapping", ["special"], "from and to of each token"],
    ["add_generation_prompt", ["format"], "the model's turn is opened"],
    ["continue_final_message", ["format"], "continueFinalMessage is an option of encodeChat"],
    ["chat_template", ["format"], "did you mean format?"],
    ["tokenize", ["format"], "chatPrompt the text"],
    ["load_in_8bit", LOAD, "Q8_0 or Q4_0"],
    ["num_logits_to_keep", ["signal"], "the last position alone"],
    ["truncation", GENERATE, "nothing is cut"],
    // OpenAI and vLLM
    ["max_tokens", GENERATE, "did you mean maxTokens?"],
    ["max_completion_tokens", GENERATE, "did you mean maxTokens?"],
    ["top_p", GENERATE, "did you mean topP?"],
    ["stop_sequences", GENERATE, "did you mean stop?"],
    ["stream", GENERATE, "for await"],
    ["logit_bias", GENERATE, "did you mean logitBias?"],
    ["frequency_penalty", GENERATE, "did you mean frequencyPenalty?"],
    ["logits_processor", GENERATE, "did you mean logitsProcessor?"],
    ["n", GENERATE, "samples is an option of generate"],
    ["system", CHAT, "at the start of the first user message"],
    ["min_tokens", GENERATE, "did you mean minTokens?"],
    ["timeout", GENERATE, "signal: AbortSignal.timeout(ms)"],
    ["timeout", ["stallTimeout"], "did you mean stallTimeout?"],
    ["response_format", GENERATE, "describe them in the user's message"],
    ["guidedJson", GENERATE, "describe them in the user's message"],
    ["format", GENERATE, "describe them in the user's message"],
    ["format", ["type"], "did you mean type?"],
    ["top_logprobs", GENERATE, "did you mean topLogprobs?"],
    ["logprobs", GENERATE, "did you mean topLogprobs?"],
    ["prompt_logprobs", GENERATE, "score gives"],
    ["echo", GENERATE, "never contains the prompt"],
    ["max_model_len", LOAD, "contextLength is an option of chat and of createCache"],
    // llama.cpp and node-llama-cpp
    ["n_predict", GENERATE, "did you mean maxTokens?"],
    ["top_k", GENERATE, "did you mean topK?"],
    ["min_p", GENERATE, "did you mean minP?"],
    ["typicalP", GENERATE, "temperature, topP, topK and minP are there"],
    ["responsePrefix", GENERATE, "prefill is an option of chat.send"],
    ["repeatPenalty", GENERATE, "did you mean repetitionPenalty?"],
    ["no_repeat_ngram_size", GENERATE, "make repeating less probable"],
    ["systemPrompt", CHAT, "at the start of the first user message"],
    ["system_prompt", CHAT, "at the start of the first user message"],
    ["customStopTriggers", GENERATE, "did you mean stop?"],
    ["n_ctx", CHAT, "did you mean contextLength?"],
    ["n_gpu_layers", LOAD, "computes all layers on a GPU"],
    ["apiKey", ["key", "host"], "did you mean key?"],
    ["addSpecial", ["special"], "gemma.encode puts BOS before a text"],
    ["n_threads", ["threads"], "did you mean threads?"],
    // our own, of another call, and slips
    ["precision", GENERATE, "precision is an option of Gemma.load"],
    ["temperature", LOAD, "temperature is an option of generate"],
    ["special", GENERATE, "generate(gemma.encode(text, { special: true }))"],
    ["Max-Tokens", GENERATE, "did you mean maxTokens?"],
    ["maxToken", GENERATE, "did you mean maxTokens?"],
    ["temprature", GENERATE, "did you mean temperature?"],
    ["frobnicate", GENERATE, undefined],
    ["", GENERATE, undefined],
    ["x".repeat(1e6), GENERATE, undefined],
  ])("%s", (name, known, hint) => {
    const given = hintFor(name, known);
    if (hint === undefined) expect(given).toBeUndefined();
    else expect(given).toContain(hint);
  });
});

describe("the hint for dtype, by its value", () => {
  it.each(["q4", "q8", "int8", "uint8", "fp16", "float16", "auto", "bnb4"])("%s", (value) => {
    expect(hintFor("dtype", LOAD, value)).toContain("Q8_0 or Q4_0");
  });
  it.each(["float32", "fp32", "bf16", "float64", 5])("%s", (value) => {
    expect(hintFor("dtype", LOAD, value)).toBe("did you mean precision?");
  });
});

describe("the nearest name", () => {
  it("differs in at most a third of its letters; of equally near ones it is the first", () => {
    expect(nearest("stpo", ["seed", "stop"])).toBeUndefined();
    expect(nearest("sotop", ["seed", "stop"])).toBe("stop");
    expect(nearest("topX", ["topP", "topK"])).toBe("topP");
  });
});
