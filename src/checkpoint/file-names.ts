/**
 * The names of a checkpoint's files on Hugging Face.
 * @module
 */
export const CONFIG = "config.json";

export const GENERATION_CONFIG = "generation_config.json";

export const WEIGHTS = "model.safetensors";

export const INDEX = "model.safetensors.index.json";

/** The same of torch. */
export const TORCH_WEIGHTS = "pytorch_model.bin";

export const TORCH_INDEX = "pytorch_model.bin.index.json";

export const TOKENIZER = "tokenizer.model";

export const TOKENIZER_JSON = "tokenizer.json";

export const TOKENIZER_CONFIG = "tokenizer_config.json";

/** Older files, which say a part of what tokenizer_config.json says. */
export const SPECIAL_TOKENS = "special_tokens_map.json";
export const ADDED_TOKENS = "added_tokens.json";

/** A chat template by itself, as newer transformers save it. */
export const CHAT_TEMPLATE = "chat_template.jinja";

/** Files that trainers, adapters and other programs leave under the endings of torch. */
const NO_MODEL =
  /^(training_args|optimizer|scheduler|lr_scheduler|scaler|sampler|rng_state|random_states|recipe_state|dataloader|adapter_model|adapter_\d|mp_rank_|(bf16_)?zero_pp_rank_|openvino_|params_shard_).*\.(bin|pt|pth)$|^lit_model\.pth$|-(cpu|gpu)-int[48]\.bin$/i;

/** The files of a folder that may be a model saved by torch, by their names. */
export function torchFiles(names: readonly string[]): string[] {
  return names.filter((name) => /\.(ckpt|bin|pt|pth)$/i.test(name) && !NO_MODEL.test(name));
}
