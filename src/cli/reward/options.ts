/**
 * The options that only `reward` has.
 * @module
 */
export const REWARD_OPTIONS = {
  centring: { type: "string", value: "X", help: "Pulls rewards to 0: 0.01 is usual (default: 0)" },
  score: { type: "string", value: "FILE", help: "Score the answers of FILE, and learn nothing" },
} as const;
