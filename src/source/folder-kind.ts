/**
 * Recognises a folder by the names in it, as file-kind.ts does a file by its bytes: formats that are not read, and
 * how to come from them to one that is.
 * @module
 */
import { EXPORT_HINT, LITGPT_HINT } from "../ways-out.ts";
import {
  FLAX_HINT,
  KERAS_HINT,
  LLAMAFILE_HINT,
  OLLAMA_HINT,
  SAFETENSORS_HINT,
  UNPACK_HINT,
} from "./file-kind.ts";

/** Files that give away a format, and how to convert it into one that is read. */
const FOREIGN: readonly (readonly [names: RegExp, what: string, hint: string])[] = [
  [/\.(h5|keras)$/i, "of Keras", KERAS_HINT],
  [/^(_METADATA|_CHECKPOINT_METADATA|manifest\.ocdbt|checkpoint)$/, "of Flax (Orbax)", FLAX_HINT],
  [/\.msgpack$/i, "of Flax", FLAX_HINT],
  [/\.sbs$/i, "of gemma.cpp", SAFETENSORS_HINT],
  [
    /^(global_step\d+|mp_rank_\d+_.*|(bf16_)?zero_pp_rank_.*|zero_to_fp32\.py)$/,
    "of DeepSpeed",
    "run the zero_to_fp32.py that DeepSpeed puts beside global_step*, and open the folder that it writes",
  ],
  [
    /\.distcp$|^pytorch_model_fsdp_\d+$/,
    "of FSDP (torch.distributed.checkpoint)",
    "run python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER pytorch_model.bin",
  ],
  [/^onnx$|\.onnx(_data.*)?$/i, "of ONNX", SAFETENSORS_HINT],
  [/^openvino_.*\.(xml|bin)$/, "of OpenVINO", SAFETENSORS_HINT],
  [
    /\.(tflite|task|litertlm)$|-(cpu|gpu)-int[48]\.bin$/i,
    "of LiteRT (MediaPipe)",
    SAFETENSORS_HINT,
  ],
  [/\.(mlpackage|mlmodel|mlmodelc)$/i, "of Core ML", SAFETENSORS_HINT],
  [/\.(engine|plan)$/i, "of TensorRT", SAFETENSORS_HINT],
  [/^(params_shard_\d+\.bin|mlc-chat-config\.json)$/, "of MLC", SAFETENSORS_HINT],
  [/\.pte$/i, "of ExecuTorch", SAFETENSORS_HINT],
  [/\.llamafile$/i, "a program", LLAMAFILE_HINT],
  [/^lit_(model\.pth|config\.json)$/, "of litgpt", LITGPT_HINT],
  [/\.nemo$|^model_weights\.ckpt$/i, "of NeMo", EXPORT_HINT],
  [/^(latest_checkpointed_iteration\.txt|iter_\d{7})$/, "of Megatron", EXPORT_HINT],
  [
    /\.gguf[-.](split-?[a-z]+|part-?[a-z\d]+)$/i,
    "a piece of a GGUF file",
    "join all of them in their order: cat FILE.gguf-split-* > FILE.gguf (or the names that they have)",
  ],
  [/\.(tar|tgz|gz|xz|zst|bz2|7z|rar|zip)$/i, "an archive", UNPACK_HINT],
];

/** How Google names the folders of its Flax checkpoints, which lie beside the tokenizer. */
const FLAX_FOLDER = /^(1\.1-)?[27]b(-it)?$/;
/** How ollama names the manifests of a model: by tags. */
const OLLAMA_TAG = /^(latest|instruct|[27]b(-[\w.-]+)?)$/;

/** What a folder with these names is, if it is of a format that is not read, and the way out. */
export function foreignFormat(names: readonly string[]): string | undefined {
  for (const [pattern, what, hint] of FOREIGN) {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name !== undefined) return `${name} is ${what}, which is not read: ${hint}`;
  }
  const flax = names.includes("tokenizer.model") && names.find((name) => FLAX_FOLDER.test(name));
  if (flax) return `${flax} is of Flax (Orbax), which is not read: ${FLAX_HINT}`;
  const seen = names.filter((name) => !name.startsWith(".")); // what Finder and others leave
  const has = (...wanted: string[]) => wanted.every((name) => seen.includes(name));
  const all = (pattern: RegExp) => seen.length > 0 && seen.every((name) => pattern.test(name));
  if (has("context", "weights"))
    return `these are folders of NeMo, which is not read: ${EXPORT_HINT}`;
  const isStore = has("manifests") || has("registry.ollama.ai") || has("id_ed25519", "models");
  const isOllama = isStore || all(/^sha256[-:][0-9a-f]{64}/) || all(OLLAMA_TAG);
  return isOllama ? `these are models of ollama: ${OLLAMA_HINT}` : undefined;
}

/** Files that belong to an adapter, by who writes them. A merged model may be called as it likes, so no guess. */
const ADAPTERS: readonly RegExp[] = [
  // PEFT, and torchtune's newer ones
  /^adapter_config\.json$|^adapter_model(-\d+-of-\d+)?\.(safetensors|bin|pt)(\.index\.json)?$/,
  /^adapter_\d+\.pt$/, // torchtune
  /^(\d+_)?adapters\.(safetensors|npz)$/, // mlx-lm
  /^pytorch_(lora_weights|adapter)\.(safetensors|bin)$/, // diffusers, AdapterHub
  /^lora(_weights)?\.(safetensors|bin|pt|pth|npz)$/,
  /^lit_model(\.pth)?\.(lora|adapter|adapter_v2)(\.pth)?$/, // litgpt
  /^ggml-adapter-model.*\.(gguf|bin)$/, // llama.cpp
];

/** The names among `names` that are those of an adapter's files. */
export function adapterFiles(names: readonly string[]): string[] {
  return names.filter((name) => ADAPTERS.some((pattern) => pattern.test(name)));
}

/** The next step with an adapter alone. */
export const ADAPTER_HINT =
  "this is a LoRA adapter: load its base model with it, Gemma.load(BASE, { adapter: FOLDER }) or --adapter FOLDER, or merge it first, with PEFT's merge_and_unload()";

/** The next step with an adapter that lies beside weights. */
export const ADAPTER_BESIDE_HINT =
  "move its files into a folder of their own: Gemma.load(BASE, { adapter: FOLDER }) runs the weights with it, and without it or where it is merged already they run alone";

/** How llama.cpp's llama-gguf-split names a part of a GGUF file. */
const PART = /-(\d{5})-of-(\d{5})(\.gguf)$/i;

/** Which part of a GGUF file `name` is, from 1, and of how many; undefined if it is the name of no part. */
export function partNumbers(name: string): { number: number; count: number } | undefined {
  const [, number, count] = PART.exec(name) ?? [];
  return count === undefined ? undefined : { number: Number(number), count: Number(count) };
}

/** The name of part `number`, from 1, beside the part `name`. */
export function renamedPart(name: string, number: number): string {
  return name.replace(PART, `-${`${number}`.padStart(5, "0")}-of-$2$3`);
}

/** The models among names of GGUF files: each a file, or the parts of one that are there, in their order. */
export function ggufModels(names: readonly string[]): string[][] {
  const models = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const whole = renamedPart(name, 0);
    models.set(whole, [...(models.get(whole) ?? []), name]);
  }
  return [...models.values()];
}
