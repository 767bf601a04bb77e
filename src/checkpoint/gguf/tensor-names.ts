/**
 * The names of Gemma's tensors in llama.cpp and in Hugging Face's files.
 * @module
 */

const MODEL_NAMES: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

const LAYER_NAMES: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

/** llama.cpp's name → Hugging Face's. An unknown name stays as it is, so that a refusal can name it. */
export function hfName(name: string): string {
  if (Object.hasOwn(MODEL_NAMES, name)) return MODEL_NAMES[name];
  const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  const known = part !== undefined && Object.hasOwn(LAYER_NAMES, part);
  return known ? `model.layers.${layer}.${LAYER_NAMES[part]}.weight` : name;
}

/** Hugging Face's name → llama.cpp's, or undefined if there is none. */
export function ggufName(name: string): string | undefined {
  const model = Object.entries(MODEL_NAMES).find(([, theirs]) => theirs === name);
  if (model) return model[0];
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const entry = Object.entries(LAYER_NAMES).find(([, theirs]) => theirs === part);
  return entry && `blk.${layer}.${entry[0]}.weight`;
}
