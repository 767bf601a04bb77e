/**
 * What to say about a name that is no tap of a model: the nearest that is one.
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { nearest } from "../option-hints.ts";
import { parseTap, tapNames } from "./taps.ts";

/** The likely next step after `name`, which is no tap of the model of `config`. */
export function tapHint(name: unknown, config: GemmaConfig): string {
  const list = "tapNames(config) lists them all";
  if (typeof name !== "string") return list;
  const { layer } = parseTap(name);
  const { numHiddenLayers: count } = config;
  if (layer !== undefined && layer >= count) return `the model has blocks 0 to ${count - 1}`;
  const block = layer === undefined ? "" : `blocks.${layer}.`;
  const near = nearest(
    name,
    tapNames(config).filter((other) => other.startsWith(block)),
  );
  return near === undefined ? list : `did you mean ${near}?`;
}
