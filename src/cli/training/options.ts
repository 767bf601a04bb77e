/**
 * The options of what trains and tunes: those of all, those of some, and those of each.
 * @module
 */

export const LEARNING_OPTIONS = {
  out: { type: "string", value: "DIR", help: "Folder for the run, its log and the model" },
  resume: { type: "boolean", help: "Go on with the run in --out, or begin it" },
  steps: { type: "string", value: "N", help: "Steps in all (default: all data once)" },
  batch: { type: "string", value: "N", help: "Sequences a step" },
  lr: { type: "string", value: "X", help: "The highest learning rate" },
  warmup: { type: "string", value: "N", help: "Steps up to it (default: a tenth)" },
  optimizer: { type: "string", value: "NAME", help: "adamw (default) or adafactor" },
  decay: { type: "string", value: "X", help: "Weight decay of matrices" },
  clip: { type: "string", value: "X", help: "Longest gradient (default: 1)" },
  seed: { type: "string", value: "N", help: "Of all draws, 32 bits (default: 0)" },
  valid: { type: "string", value: "FILE", help: "Data that is not learnt, for its loss" },
  "valid-every": {
    type: "string",
    value: "N",
    help: "Steps between its losses (default: the end)",
  },
  "save-every": { type: "string", value: "N", help: "Steps between saves (default: 50)" },
  recompute: { type: "boolean", help: "Less memory, a third more work; the same bits" },
  precision: { type: "string", value: "NAME", help: "Of weights: float32 (default) or float64" },
  backend: { type: "string", value: "NAME", help: "wasm (default), or cpu, the definition" },
  type: { type: "string", value: "TYPE", help: "The model is written as BF16 (default) or F32" },
  html: { type: "string", value: "FILE", help: "Write a page with the loss curve" },
} as const;

/** Of what tunes a model on rows, whatever their loss. */
export const TUNING_OPTIONS = {
  model: { type: "string", value: "MODEL", help: "PATH, URL or hf:OWNER/NAME to begin from" },
  epochs: { type: "string", value: "N", help: "How often each row is learnt (default: 1)" },
  system: { type: "boolean", help: "Put a system message before the user's first" },
  tokens: { type: "string", value: "N", help: "Leave out rows with more tokens than this" },
  lora: { type: "boolean", help: "Learn low-rank factors beside frozen weights" },
  rank: { type: "string", value: "N", help: "Of the factors (default: 8)" },
  alpha: { type: "string", value: "X", help: "Their scale is alpha/rank (default: 2 rank)" },
  targets: { type: "string", value: "LIST", help: "q_proj,v_proj (default: all seven)" },
} as const;

export const SFT_OPTIONS = {
  "train-on": { type: "string", value: "WHAT", help: "answers (default), last, or all tokens" },
  answers: { type: "boolean", help: "Let it answer the rows of --valid in the end" },
} as const;

export const TRAIN_OPTIONS = {
  model: { type: "string", value: "MODEL", help: "PATH, URL or hf:OWNER/NAME to go on from" },
  config: { type: "string", value: "FILE", help: "Shapes of a model from scratch: config.json" },
  tokenizer: { type: "string", value: "FILE", help: "Of --config (default: the bundled one)" },
  std: { type: "string", value: "X", help: "Of random weights (default: 0.02)" },
  tokens: { type: "string", value: "N", help: "Tokens of a sequence (default: 256)" },
  documents: { type: "boolean", help: "Keep documents apart, and cut longer ones" },
  mixture: {
    type: "string",
    multiple: true,
    value: "STAGE",
    help: "Weights of sources: FROM:NAME=WEIGHT,...; repeatable",
  },
} as const;
