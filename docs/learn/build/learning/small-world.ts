/**
 * A world of a few hundred sentences, for a model that begins with random numbers: whether it is “she” or “he” follows
 * from the name. What cannot be known can be counted, so the lowest loss is known.
 * @module
 */
import type { GemmaConfig } from "../../../../src/config.ts";
import type { Random } from "../../../../src/random.ts";

const NAMES = ["Mira", "Nora", "Sam", "Ben"];
const FREE = {
  animal: ["fox", "crow", "frog", "owl"],
  number: [..."12345678"],
  fruit: ["plums", "apples"],
  verb: ["found", "picked", "was"],
};
const WORDS = [
  ...["<pad>", "<eos>", "<bos>", "the", "had", ".", "she", "he"],
  ...[...NAMES, ...Object.values(FREE).flat()],
];

/** A model for these words: one block. */
export const SMALL: GemmaConfig = {
  ...{ vocabSize: WORDS.length, hiddenSize: 32, intermediateSize: 32, numHiddenLayers: 1 },
  ...{ numAttentionHeads: 2, numKeyValueHeads: 1, headDim: 16, maxPositionEmbeddings: 32 },
  ...{ rmsNormEps: 1e-6, ropeTheta: 10000, padTokenId: 0, eosTokenId: 1, bosTokenId: 2 },
};

/** Where “she” or “he” stands. */
export const PRONOUN = 8;
/** Tokens that are asked for in each sentence. */
export const TARGETS = 9;

/** Mira the fox had 6 plums. she found */
export function sentence(random: Random): number[] {
  const index = (count: number) => Math.floor(random() * count);
  const pick = (words: readonly string[]) => words[index(words.length)];
  const name = index(NAMES.length);
  const { animal, number, fruit, verb } = FREE;
  const words = ["<bos>", NAMES[name], "the", pick(animal), "had", pick(number), pick(fruit), "."];
  return [...words, name < 2 ? "she" : "he", pick(verb)].map((word) => WORDS.indexOf(word));
}

/** The loss of whoever knows all that can be known. */
export const FLOOR: number =
  [NAMES, ...Object.values(FREE)].reduce((sum, { length }) => sum + Math.log(length), 0) / TARGETS;
/** The same of whoever does not know who is a “she”. */
export const WITHOUT_NAMES: number = FLOOR + Math.log(2) / TARGETS;
/** Of whoever knows nothing. */
export const NOTHING: number = Math.log(WORDS.length);
