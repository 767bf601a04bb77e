/**
 * Exercise `merge`: byte pair encoding, from characters to pieces. The fast one is tokenizer/bpe.ts, the plain one
 * tokenizer/bpe-plain.ts.
 * @module
 */
import { type Call, type Exercise, exercise } from "../exercise.ts";
import type { Parts } from "../parts.ts";
import { scoresOf } from "../text.ts";

/** Pieces of the bundled vocabulary that the two words by hand need, with their scores; and one that it lacks. */
const BY_HAND: Readonly<Record<string, number>> = {
  ...{ "▁p": -39, lu: -127, um: -246, "▁plu": -220, "▁plum": -380, "▁plums": -437 },
  ...{ "▁w": -4, he: 0, er: -18, her: -357, "▁wh": -66, et: -164 },
  aa: -1,
};

type Find = (
  symbols: readonly string[],
  score: (piece: string) => number | undefined,
) => number | undefined;

/** The place of the pair to merge: the one that `isBetter` likes most. */
function bestPair(isBetter: (score: number, best: number) => boolean): Find {
  return (symbols, score) => {
    let [at, best]: [number | undefined, number] = [undefined, 0];
    for (let i = 0; i + 1 < symbols.length; i++) {
      const value = score(symbols[i] + symbols[i + 1]);
      if (value === undefined) continue;
      if (at === undefined || isBetter(value, best)) [at, best] = [i, value];
    }
    return at;
  };
}

type Split = (text: string) => string[];

function mergeBy(find: Find, split: Split): Parts["segment"] {
  return (text, score) => {
    const symbols = split(text);
    for (let at = find(symbols, score); at !== undefined; at = find(symbols, score)) {
      symbols.splice(at, 2, symbols[at] + symbols[at + 1]);
    }
    return symbols;
  };
}

/** What many expect a tokenizer to do: the longest known piece from the left. */
const longestFromTheLeft =
  (split: Split): Parts["segment"] =>
  (text, score) => {
    const symbols = split(text);
    const pieces: string[] = [];
    for (let at = 0; at < symbols.length; ) {
      let length = symbols.length - at;
      while (length > 1 && score(symbols.slice(at, at + length).join("")) === undefined) length--;
      pieces.push(symbols.slice(at, at + length).join(""));
      at += length;
    }
    return pieces;
  };

/** What a unigram model does: the pieces whose scores have the largest sum. An unknown character costs more than any. */
const largestSum =
  (split: Split): Parts["segment"] =>
  (text, score) => {
    const symbols = split(text);
    const best: { sum: number; pieces: string[] }[] = [{ sum: 0, pieces: [] }];
    for (let end = 1; end <= symbols.length; end++) {
      for (let from = 0; from < end; from++) {
        const piece = symbols.slice(from, end).join("");
        const value = score(piece) ?? (end - from === 1 ? -1e6 : Number.NEGATIVE_INFINITY);
        const sum = best[from].sum + value;
        if (!best[end] || sum > best[end].sum) {
          best[end] = { sum, pieces: [...best[from].pieces, piece] };
        }
      }
    }
    return best[symbols.length].pieces;
  };

export const merge: Exercise = exercise({
  name: "merge",
  page: 1,
  title: "from letters to tokens",
  noun: "tokenizer",
  task: `Cut a text into pieces. Begin with its characters. As long as two neighbours
    make a piece that score() knows, merge the pair whose piece has the best score,
    the leftmost of equals. Give back the list of pieces.`,
  functions: { segment: ["text", "score"] },
  hints: [
    "Keep a list of symbols, at first one a character: Array.from(text). One loop runs inside another: the outer one merges, the inner one looks for what to merge.",
    "Look at all pairs of neighbours before you merge one. A pair counts if score(a + b) is not undefined; the highest score wins, and of equals the leftmost.",
    "symbols.splice(i, 2, a + b) merges the pair at i. Then begin again from the left, until no pair is known.",
  ],
  knobs: {
    choice: {
      "the best pair": "",
      "the longest from the left":
        "This takes the longest known piece from the left. SentencePiece never looks for long pieces: what does it compare?",
      "the first pair":
        "This merges the first pair that exists. Was it the best one? Look at all pairs before you merge.",
      "the last pair": "This merges the last pair that exists. Was it the best one?",
      "the lowest score":
        "This merges the pair with the lowest score. Scores are minus a rank: -39 comes before -437. Which is the larger number?",
      "the right one of equals":
        "Of two equal pairs this merges the right one. Which does SentencePiece take of `aaa`, if `aa` is a piece?",
      "no pair":
        "Nothing is merged: these are characters. Which two neighbours make a piece that score() knows?",
      "the largest sum":
        "This takes the pieces whose scores have the largest sum, as a unigram model does. Here one pair is merged at a time: which one first?",
    },
    begins: {
      "with characters": "",
      "with UTF-16 units":
        'A character came apart: split("") and text[i] give UTF-16 units, and some characters are two of them. What gives whole characters?',
    },
  },
  build({ choice, begins }) {
    const split: Split = begins === "with characters" ? Array.from : (text) => text.split("");
    if (choice === "the longest from the left") return { segment: longestFromTheLeft(split) };
    if (choice === "the largest sum") return { segment: largestSum(split) };
    const finds: Record<typeof choice, Find> = {
      "the best pair": bestPair((score, best) => score > best),
      "the first pair": bestPair(() => false),
      "the last pair": bestPair(() => true),
      "no pair": () => undefined,
      "the lowest score": bestPair((score, best) => score < best),
      "the right one of equals": bestPair((score, best) => score >= best),
    };
    return { segment: mergeBy(finds[choice], split) };
  },
  cases({ tiny, pieces }) {
    const byHand = (piece: string) => (Object.hasOwn(BY_HAND, piece) ? BY_HAND[piece] : undefined);
    const bundled = scoresOf(tiny.tokenizer);
    const shown = (text: string) => text.replaceAll(" ", "▁");
    const call = (
      text: string,
      score: (piece: string) => number | undefined,
      expected: readonly string[],
    ): Call => ({
      where: "",
      given: `text = "${shown(text)}"`,
      args: () => [shown(text), score],
      expected,
    });
    const oneByHand = (text: string, expected: readonly string[]) => ({
      ...call(text, byHand, expected),
      given: `text = "${shown(text)}"${text === "aaa" ? ', and "aa" is the only piece' : ""}`,
    });
    const hand = (name: string, text: string, expected: readonly string[]) => ({
      name,
      given: "",
      golden: false,
      calls: [oneByHand(text, expected)],
    });
    return [
      hand("calculator", " plums", ["▁plums"]),
      hand("calculator", " whether", ["▁w", "he", "t", "her"]),
      hand("two equal pairs", "aaa", ["aa", "a"]),
      hand("one character that is no piece", "🦊", ["🦊"]),
      {
        name: "SentencePiece",
        given: "",
        golden: true,
        calls: pieces.map(({ text, pieces }) => call(text, bundled, pieces)),
      },
    ];
  },
});
