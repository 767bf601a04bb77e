/**
 * How a model is best computed here, and the memory that takes. The definition, cpu in float64, is what the page is
 * for; a large model takes too long in it, and its table of float64 would not fit.
 * @module
 */
import type { GemmaConfig } from "../../../../../src/config.ts";
import { countParameters } from "../../../../../src/config.ts";
import type { Setting } from "../../answers/subject.ts";
import type { Plan, Shape } from "./question.ts";

/** The reference computes some 700 million products a second: twelve tokens of so many weights take about a second. */
const MOST_IN_FLOAT64 = 50e6;
/** Tokens whose runs are counted in what a model needs. */
const TOKENS = 32;
/** Numbers of a token that the page keeps, in widths of the stream, of the heads, of the MLP and of the logits. */
const KEPT = { stream: 8, heads: 2, units: 3, logits: 1 };

export const settingOf = ({ backend, precision }: Plan): Setting => ({ backend, precision });

export function shapeOf(config: GemmaConfig): Shape {
  return {
    weights: countParameters(config).total,
    layers: config.numHiddenLayers,
    width: config.hiddenSize,
    heads: config.numAttentionHeads,
    keyHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    units: config.intermediateSize,
    vocabSize: config.vocabSize,
    contextLength: config.maxPositionEmbeddings,
  };
}

/** The plan, as far as sizes go. */
export function planOf(shape: Shape, weightBytes: number): Plan {
  const isSmall = shape.weights <= MOST_IN_FLOAT64;
  const bytesOf = isSmall ? 8 : 4;
  const { layers, width, heads, headDim, units, vocabSize } = shape;
  const aLayer = KEPT.stream * width + KEPT.heads * heads * headDim + KEPT.units * units;
  const numbers = TOKENS * (layers * aLayer + KEPT.logits * vocabSize);
  return {
    backend: isSmall ? "cpu" : "auto",
    precision: isSmall ? "float64" : "float32",
    bytes: {
      weights: weightBytes,
      table: vocabSize * width * bytesOf,
      runs: numbers * bytesOf,
    },
    obstacle: undefined,
  };
}

export const bytesOf = ({ bytes }: Plan): number => bytes.weights + bytes.table + bytes.runs;

/** Why this browser will not do, by what it gives, and what it says of the machine. */
export function obstacleOf(plan: Plan, memory: number | undefined): string | undefined {
  const { table } = plan.bytes;
  try {
    new ArrayBuffer(table); // not filled, and so no memory yet
  } catch {
    return `this browser gives no array of ${gigabytes(table)}, which the table takes as numbers; on the command line gemma-reference has no such limit`;
  }
  const needed = bytesOf(plan);
  if (memory === undefined || needed < memory * 1e9) return undefined;
  return `it needs ${gigabytes(needed)}, and the browser says that this machine has about ${memory} GB`;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
