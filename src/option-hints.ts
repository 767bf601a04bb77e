/**
 * What to say about the name of an option that a call does not know: the nearest name that it knows, or what
 * has become of an option of transformers, transformers.js, OpenAI's API, llama.cpp, node-llama-cpp or
 * TransformerLens.
 * @module
 */
import { NO_CALLBACK } from "./check.ts";

/** Their names of our options. Those that differ in case, `_` and `-` only are found without a table. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  maxTokens:
    "max_new_tokens max_completion_tokens max_output_tokens max_length n_predict num_predict",
  temperature: "temp",
  topP: "nucleus p",
  topK: "k",
  minP: "min_probability",
  repetitionPenalty: "repeat_penalty repetition_penalty_range",
  minTokens: "min_new_tokens min_length min_predict n_min",
  logitBias: "token_bias sequence_bias bad_words_ids suppress_tokens banned_tokens",
  logitsProcessor: "logits_processors logit_processor logits_warper",
  topLogprobs: "logprobs output_scores n_probs num_logprobs",
  prefill: "response_prefix assistant_prefix prefix",
  continueFinalMessage: "continue_final continue_last_message",
  seed: "random_seed random_state manual_seed",
  samples: "n num_return_sequences num_samples best_of",
  atOnce: "batch_size max_batch_size max_num_seqs n_parallel parallel concurrency",
  stop: "stop_sequences stop_strings stop_words stop_tokens stop_texts custom_stop_triggers antiprompt reverse_prompt",
  stopTokenIds: "eos_token_id eos_token_ids eos_id stop_ids",
  ignoreEos: "ignore_eos_token",
  cache: "past_key_values kv_cache",
  promptLookup:
    "prompt_lookup_num_tokens max_matching_ngram_size prompt_lookup lookup num_assistant_tokens draft_model assistant_model speculative_model token_predictor",
  messages: "history chat_history conversation",
  contextLength:
    "context context_size n_ctx num_ctx ctx_size max_seq_len max_context_length max_model_len max_length max_position_embeddings capacity",
  signal: "abort_signal abort abort_controller controller",
  onProgress: "progress_callback on_load_progress progress",
  precision: "dtype torch_dtype float_type",
  backend: "device device_map execution_provider gpu",
  threads: "n_threads num_threads",
  key: "api_key",
  host: "hostname address bind",
  parallel: "concurrency n_parallel max_num_seqs",
  cacheDir: "cache_directory local_dir hf_home",
  token: "access_token hf_token auth_token use_auth_token api_key",
  endpoint: "base_url host hf_endpoint",
  retries: "max_retries attempts",
  stallTimeout: "timeout timeout_ms",
  format: "chat_template template",
  names: "names_filter taps",
  hooks: "fwd_hooks",
  stopAtLayer: "stop_at_layer",
  positions: "pos_slice",
  eps: "epsilon variance_epsilon rms_norm_eps",
  theta: "base rope_theta rope_base freq_base",
  pos: "position offset start_pos past_length",
  out: "output dst destination",
  content: "text parts message value",
  ids: "tokens token_ids input_ids",
  role: "from speaker",
  type: "outtype quantization format",
  adapter: "lora lora_request lora_path peft_model adapter_name adapter_path",
  adapters: "lora_modules lora_adapters loras",
  special: "parse_special special_tokens render_special_tokens",
  given: "context condition conditioned_on given_text",
  window: "window_size window_length max_length max_seq_len context_length n_ctx",
  stride: "step_size",
  pooling: "pooling_type pooling_strategy pooling_mode",
  normalize: "normalise normalize_embeddings embd_normalize normalized",
  files: "input_extra extra_context repo_files",
  path: "filename file_path",
};

/** Where an option is to be given that another call does not have. */
const HOMES: Readonly<Record<string, string>> = {
  maxTokens: "generate",
  temperature: "generate",
  topP: "generate",
  topK: "generate",
  seed: "generate",
  samples: "generate: generate(prompt, { samples: 4, temperature: 1 })",
  atOnce: "generate of several prompts",
  stop: "generate",
  cache: "generate",
  promptLookup: "generate",
  hooks: "generate of one prompt",
  messages: "chat",
  minP: "generate",
  repetitionPenalty: "generate",
  frequencyPenalty: "generate",
  presencePenalty: "generate",
  minTokens: "generate",
  logitBias: "generate",
  logitsProcessor: "generate",
  topLogprobs: "generate",
  prefill: "chat.send, and continueFinalMessage one of encodeChat",
  continueFinalMessage: "encodeChat",
  stopTokenIds: "generate",
  ignoreEos: "generate",
  contextLength: "chat and of createCache",
  format: "chat and of encodeChat",
  special: "encode: generate(gemma.encode(text, { special: true }))",
  onProgress: "Gemma.load",
  precision: "Gemma.load",
  backend: "Gemma.load",
  threads: "Gemma.load",
  cacheDir: "downloadFromHub",
  token: "downloadFromHub",
  endpoint: "downloadFromHub",
  names: "trace",
  adapter:
    "generate, chat, score, logits and createCache; gemma.useAdapter(name) chooses for all calls",
  adapters: "Gemma.load: { adapters: { NAME: FOLDER } }",
  given: "score: score(text, { given: context })",
  window: "score",
  stride: "score",
  pooling: "embed",
  normalize: "embed",
};

/** Of weights of fewer bits, by an option or as the value of one. */
export const FEWER_BITS =
  "weights stay as their file has them: for fewer bits open a GGUF file with Q8_0 or Q4_0";

const SENTENCES: readonly (readonly [names: string, sentence: string])[] = [
  [
    "system system_prompt system_message system_instruction developer instructions",
    "Gemma has no system role: put the instruction at the start of the first user message",
  ],
  ["do_sample sample sampling greedy", "greedy is the default; a temperature draws"],
  [
    "no_repeat_ngram_size repeat_last_n encoder_repetition_penalty dry_multiplier",
    "repetitionPenalty, frequencyPenalty and presencePenalty make repeating less probable",
  ],
  [
    "typical_p tfs_z mirostat mirostat_tau eta_cutoff epsilon_cutoff top_a xtc_probability",
    "temperature, topP, topK and minP are there to choose by; a logitsProcessor can do the rest",
  ],
  ["num_beams early_stopping length_penalty", "there is no beam search here"],
  [
    "stream streamer on_token on_text on_text_chunk on_response_chunk callback callback_function",
    NO_CALLBACK,
  ],
  ["stopping_criteria stop_condition", "to stop on a condition leave the loop with break"],
  ["timeout timeout_ms timeout_seconds deadline", "write signal: AbortSignal.timeout(ms)"],
  ["dtype quantized quantization load_in_4bit load_in_8bit quantization_config", FEWER_BITS],
  ["revision branch", "write it behind the name: hf:OWNER/NAME@REVISION"],
  ["local_files_only offline", "set HF_HUB_OFFLINE=1 in the environment"],
  ["gpu_layers n_gpu_layers", 'backend: "webgpu" computes all layers on a GPU'],
  ["use_cache", "within one generation a cache is always used"],
  [
    "output_hidden_states output_attentions return_dict stop_at_layer",
    "trace gives every intermediate by its name",
  ],
  ["prompt_logprobs", "score gives the logprobs of a prompt"],
  [
    "last last_only only_last positions num_logits_to_keep logits_to_keep",
    "model.forward(ids, cache) gives the logits of the last position alone",
  ],
  [
    "padding padding_side attention_mask pad_token pad_token_id",
    "prompts of different lengths need no padding here",
  ],
  ["truncation truncate", "nothing is cut: a prompt that is too long is refused"],
  ["echo return_full_text skip_prompt", "the text never contains the prompt"],
  [
    "skip_special_tokens skip_special",
    "BOS and its kin have no text; decode(ids, { special: true }) shows them, tokenizer.piece(id) one",
  ],
  [
    "suffix input_suffix infill fim insert",
    "gemma.fill(prefix, suffix) writes what stands between, with CodeGemma",
  ],
  ["continuation target", "score(text, { given }) scores a text after another"],
  ["task prompt_name", "an instruction stands in the text itself"],
  [
    "encoding_format dimensions output_dimensionality",
    "embed gives lists of numbers, as many as the model is wide",
  ],
  ["clean_up_tokenization_spaces", "the text is what was encoded, character for character"],
  [
    "return_offsets_mapping offsets return_offsets",
    "gemma.tokens(text) has from and to of each token",
  ],
  ["return_length", "gemma.count(text) is the number of tokens"],
  ["add_eos_token append_eos", "write the id behind: [...gemma.encode(text), 1]"],
  [
    "add_special_tokens add_special add_bos bos prepend_bos add_bos_token",
    "gemma.encode puts BOS before a text, tokenizer.encode does not; with special: true a text may bring its own",
  ],
  [
    "add_generation_prompt",
    "the model's turn is opened; continueFinalMessage goes on with a message of the model",
  ],
  ["tokenize", "encodeChat gives ids, chatPrompt the text"],
  ["return_tensors", "ids are a list of numbers"],
  ["prompt input", "the prompt is the first argument"],
  ["model model_id model_path path", "the path comes first: Gemma.load(path, options)"],
  [
    "tools tool_choice functions response_format grammar json_schema json json_mode format schema guided_json guided_regex guided_choice guided_grammar",
    "Gemma 1 knows no tools or formats: describe them in the user's message; a logitsProcessor can enforce a grammar",
  ],
];

/** By a name: ours that it may mean, most often one. */
const OURS = new Map<string, string[]>();
for (const [ours, names] of Object.entries(ELSEWHERE)) {
  for (const name of [ours, ...names.split(" ")]) {
    OURS.set(plain(name), [...(OURS.get(plain(name)) ?? []), ours]);
  }
}
const SAID = new Map<string, string>(
  SENTENCES.flatMap(([names, sentence]) =>
    names.split(" ").map((name) => [plain(name), sentence] as const),
  ),
);

/** Our names of what another library calls `name`; also of a name of ours in other letters. */
export function ourNamesOf(name: string): readonly string[] {
  return OURS.get(plain(name)) ?? [];
}

/** What has become of another library's option `name`, where no option of ours stands for it. */
export function sentenceAbout(name: string): string | undefined {
  return SAID.get(plain(name));
}

/** Values of `dtype` that say how weights are stored, where ours says how is computed. */
const STORED = /^(q\d|u?int\d|f(loat)?p?16$|half$|auto$|b?nb|gguf|awq|gptq)/i;

/**
 * @param known what the call knows.
 * @param value what stands behind the name.
 */
export function hintFor(
  name: string,
  known: readonly string[],
  value?: unknown,
): string | undefined {
  const sentence = sentenceAbout(name);
  if (sentence === FEWER_BITS && typeof value === "string" && STORED.test(value)) return sentence;
  const ours = ourNamesOf(name);
  const same = known.find((other) => plain(other) === plain(name));
  const meant = same ?? ours.find((other) => known.includes(other));
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (sentence !== undefined) return sentence;
  const away = ours.find((other) => HOMES[other] !== undefined);
  if (away !== undefined) return `${away} is an option of ${HOMES[away]}`;
  const near = nearest(name, known);
  return near && `did you mean ${near}?`;
}

/** The name of `known` that is nearest to `name`: at most a third of it is written otherwise. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const most = Math.floor(plain(name).length / 3);
  let [found, least]: [string | undefined, number] = [undefined, most + 1];
  for (const other of known) {
    // Edits are not counted where the lengths say enough: a caller's name may have a million letters.
    if (Math.abs(other.length - name.length) > 2 * most + 8 || name.length > 80) continue;
    const distance = edits(plain(name), plain(other));
    if (distance < least) [found, least] = [other, distance];
  }
  return found;
}

/** `max_tokens`, `max-tokens` and `MaxTokens` are the same. */
export function plain(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** How many letters have to be put in, left out or changed to make `b` of `a`. Levenshtein 1966. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const change = row[j] + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(change, row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[b.length];
}
