/**
 * The options of `audit`, besides those of the model.
 * @module
 */

export const AUDIT_OPTIONS = {
  control: { type: "string", value: "FILE", help: "Documents that were never trained on" },
  canaries: { type: "string", value: "FILE", help: "Planted secrets: {text, secret} a line" },
  prompts: { type: "string", value: "LIST", help: "Tokens that are given (default: 50)" },
  suffix: { type: "string", value: "N", help: "Tokens that are compared (default: 50)" },
  approximate: { type: "string", value: "X", help: "Most edits, as a share (default: 0.1)" },
  level: { type: "string", value: "OF", help: "What is edited: tokens (default), characters" },
  "top-k": { type: "string", value: "N", help: "Tokens a sampler draws from (default: 40)" },
  shares: { type: "string", value: "LIST", help: "Of sources in the corpus: web=0.8,code=0.2" },
  personal: { type: "boolean", help: "Count personal data in what is repeated" },
  "show-values": { type: "boolean", help: "Tell personal data as they are, not their form" },
  membership: { type: "boolean", help: "Score each document: was it seen?" },
  smaller: { type: "string", value: "MODEL", help: "A smaller model, to compare scores with" },
  divergence: { type: "string", value: "W,W", help: "Words to repeat: poem,company" },
  limit: { type: "string", value: "N", help: "Audit N documents, drawn at random" },
  seed: { type: "string", value: "N", help: "Of that draw, and of canaries (default: 0)" },
  out: { type: "string", value: "DIR", help: "Keep answers and report there, and go on" },
  html: { type: "string", value: "FILE", help: "Write the report as a page" },
  repeats: { type: "string", value: "LIST", help: "Of canaries: how often each is planted" },
  each: { type: "string", value: "N", help: "Of canaries: so many for each (default: 1)" },
  digits: { type: "string", value: "N", help: "Of canaries: digits of a secret (default: 4)" },
  sentence: { type: "string", value: "TEXT", help: "Of canaries: with {name} and {secret}" },
} as const;

/** Those that only `audit canaries` has. */
export const CANARY_NAMES = ["repeats", "each", "digits", "sentence"] as const;
