/**
 * The options that only `dpo` has.
 * @module
 */
export const DPO_OPTIONS = {
  beta: { type: "string", value: "X", help: "How dear it is to leave the model (default: 0.1)" },
  smoothing: { type: "string", value: "X", help: "Share of labels taken as wrong (default: 0)" },
} as const;
