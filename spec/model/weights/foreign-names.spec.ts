import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../../src/errors.ts";
import { matchWeights } from "../../../src/model/weights/match.ts";
import type { RowSource } from "../../../src/tensor/stored.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import { checkpoint } from "../../support/goldens.ts";

const { config, tensors } = await checkpoint("mqa");
const DOWN = "model.layers.0.mlp.down_proj";

/** The refusal of a model whose down projection is stored as `names` instead. */
async function refusal(...names: string[]): Promise<Error> {
  const changed = new Map<string, RowSource>(tensors);
  const one = tensors.get(`${DOWN}.weight`) as RowSource;
  changed.delete(`${DOWN}.weight`);
  for (const name of names) changed.set(name, { ...one, name });
  return (await rejection(matchWeights(config, changed, "folder"))) as Error;
}

describe("tensors that others quantised", () => {
  // bitsandbytes, GPTQ, AWQ, FP8 and MLX: as reported from the field; EXL2, EXL3 and Quanto: names in loaders of theirs. Those of AQLM,
  // EETQ, HQQ, compressed-tensors and Transformer Engine, QuIP#, SpQR and VPTQ have not been held against a file or its writer.
  it.each([
    ["bitsandbytes, 4 bits", [".weight", ".weight.absmax", ".weight.quant_map"]],
    ["bitsandbytes, 8 bits", [".weight", ".SCB", ".weight_format"]],
    ["GPTQ or AWQ", [".qweight", ".qzeros", ".scales", ".g_idx"]],
    ["ExLlamaV2's EXL2", [".q_weight", ".q_scale", ".q_groups"]],
    ["ExLlamaV3's EXL3", [".trellis", ".suh", ".svh"]],
    ["compressed-tensors", [".weight_packed", ".weight_scale", ".weight_shape"]],
    ["FP8 or INT8 with scales", [".weight", ".weight_scale"]],
    ["NVIDIA's ModelOpt in NVFP4", [".weight", ".weight_scale", ".weight_scale_2"]],
    ["QuIP#", [".Qidxs", ".SU", ".SV", ".codebook_id"]],
    ["SpQR", [".dense_weights", ".row_offsets", ".col_vals", ".in_perm"]],
    ["VPTQ", [".centroids.weight", ".indices"]],
    ["another library", [".weight", ".output_scale"]],
    ["another library", [".weight", ".k_scale"]],
    ["FP8 with scales", [".weight", ".weight_scale_inv"]],
    ["Transformer Engine's FP8", [".weight", "._extra_state"]],
    ["MLX", [".weight", ".scales", ".biases"]],
    ["HQQ", [".W_q", ".scale", ".zero"]],
    ["AQLM", [".codes", ".codebooks", ".scales"]],
    ["Quanto", [".weight._data", ".weight._scale"]],
    ["EETQ", [".weight", ".weight_scales"]],
  ])("are called by whose they are: %s", async (by, endings) => {
    const error = await refusal(...endings.map((ending) => DOWN + ending));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(
      `expected weights that nobody quantised, got weights quantised by ${by}; such weights are not read; get the model they were made from`,
    );
  });
});

describe("tensors of something else", () => {
  it.each([
    [`base_model.model.${DOWN}.weight`, "that of a PEFT adapter; merge it with PEFT's merge"],
    [`${DOWN}.lora_A.weight`, "that of a PEFT adapter"],
    [`${DOWN}.lora_magnitude_vector`, "that of a PEFT adapter"],
    [`${DOWN}.base_layer.weight`, "that of a PEFT adapter"],
    ["lm_head.modules_to_save.default.weight", "that of a PEFT adapter"],
    ["transformer.wte.weight", "that of a model of litgpt; run litgpt convert_from_litgpt"],
    [
      "decoder.layers.0.self_attention.linear_qkv.weight",
      "that of a model of Megatron or NeMo; export it to Hugging Face's format",
    ],
    ["score.weight", "that of a model that scores or classifies; its head gives no text"],
    ["v_head.summary.weight", "that of a model that scores or classifies"],
    ["language_model.lm_head.weight", "that of a model of text and images"],
  ])("are called by what it is: %s", async (name, got) => {
    const error = await refusal(name);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`"${name}" expected only the tensors of a Gemma 1, got ${got}`);
  });
});
