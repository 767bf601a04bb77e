/**
 * What tensors are that no Gemma 1 has, by the endings that other libraries give their names.
 * @module
 */
import type { GemmaError, Refusals } from "../../errors.ts";
import { EXPORT_HINT, LITGPT_HINT, ORIGINAL_HINT } from "../../ways-out.ts";

/** Sure signs first: several quantisers have scales. */
const QUANTISED: readonly (readonly [name: RegExp, by: string])[] = [
  [/\.weight\.(absmax|quant_map|nested_absmax|quant_state\..+)$/, "bitsandbytes, 4 bits"],
  [/\.SCB$/, "bitsandbytes, 8 bits"],
  [/\.q_(weight|scale|groups|invperm)$/, "ExLlamaV2's EXL2"],
  [/\.(trellis|suh|svh)$/, "ExLlamaV3's EXL3"],
  [/\.(W_q|W_q\..+)$/, "HQQ"],
  [/\.codebooks$/, "AQLM"],
  [/\.weight\._(data|scale|shift)$/, "Quanto"],
  [/\.weight_(packed|shape|zero_point)$/, "compressed-tensors"],
  [/\.qweight$/, "GPTQ or AWQ"],
  [/\.weight_scale_2$/, "NVIDIA's ModelOpt in NVFP4"],
  [/\.weight_scale_inv$/, "FP8 with scales"],
  [/\.weight_scale$/, "FP8 or INT8 with scales"],
  [/\.(Qidxs(_\d+)?|codebook_id)$/, "QuIP#"],
  [/\.(dense_weights|row_offsets|col_vals|second_order_data)$/, "SpQR"],
  [/\.(res_)?centroids(\.weight)?$/, "VPTQ"],
  [/\._extra_state$/, "Transformer Engine's FP8"],
  [/\.biases$/, "MLX"],
  [/\.weight_scales$/, "EETQ"],
  [/\.(scales|qzeros|g_idx|[qkv]_scale|(in|out)put_scale)$/, "another library"],
];

const MERGE =
  "merge it with PEFT's merge_and_unload() and save the model that comes out, or load its base model";

/** Parts of a model that a Gemma 1 has not, and other programs' names of all of them. */
const OTHERS: readonly (readonly [name: RegExp, what: string, hint: string])[] = [
  [
    /\blora_|(^|\.)(base_model|base_layer|modules_to_save)\.|\.(ia3_l|vera_lambda_|oft_r|hada_w|lokr_w)/,
    "a PEFT adapter",
    MERGE,
  ],
  [/^prompt_embeddings$/, "a PEFT adapter", MERGE],
  [
    /^(score|classifier|v_head|value_head|reward_head)\./,
    "a model that scores or classifies",
    "its head gives no text: load the model that it was trained from; openRewardModel reads one that gives rewards",
  ],
  [
    /^(model\.)?(vision_tower|vision_model|multi_modal_projector|language_model)\./,
    "a model of text and images",
    "this library runs Gemma 1 only; PaliGemma and its kind compute differently",
  ],
  [/^transformer\.(h\.\d+|wte|ln_f)\./, "a model of litgpt", LITGPT_HINT],
  [/(^|\.)decoder\.layers\.\d+\.self_attention\./, "a model of Megatron or NeMo", EXPORT_HINT],
];

/** The refusal of tensors by such names; undefined if there are none. */
export function foreignTensor(names: Iterable<string>, refuse: Refusals): GemmaError | undefined {
  const all = [...names];
  for (const [pattern, by] of QUANTISED) {
    const name = all.find((candidate) => pattern.test(candidate));
    if (name === undefined) continue;
    const expected = "weights that nobody quantised";
    return refuse.unsupported(name, expected, `weights quantised by ${by}`, ORIGINAL_HINT);
  }
  for (const [pattern, what, hint] of OTHERS) {
    const name = all.find((candidate) => pattern.test(candidate));
    if (name === undefined) continue;
    return refuse.unsupported(name, "only the tensors of a Gemma 1", `that of ${what}`, hint);
  }
  return undefined;
}
