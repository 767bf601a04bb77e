/**
 * Page 1: how the sentence is cut, and what another cut does.
 * @module
 */
import { merge } from "../../../../src/exercises/tasks/merge.ts";
import { scoresOf } from "../../../../src/exercises/text.ts";
import { mergeSteps } from "../../../../src/tokenizer/merge-steps.ts";
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import { type Example, PROMPT } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { fixed } from "../text/numbers.ts";

/** Scores are minus the order of training. */
const score = (value: number) => fixed(value, 0);
const cut = (pieces: readonly string[]) => pieces.map((piece) => `\`${piece}\``).join(" ");

/** A word as text: ▁ is a space. */
const asText = (word: string) => word.replaceAll("▁", " ");

const merged = ({ tokenizer }: Example, word: string) =>
  mergeSteps(tokenizer.vocabulary, asText(word)).steps;

/** The pieces of a word by a mistake that the exercise knows. */
function mistaken({ tokenizer }: Example, choice: string, word: string): string[] {
  const { segment } = merge.build({ choice });
  if (!segment) throw new Error(`the exercise has no segment for ${choice}`);
  return segment(word, scoresOf(tokenizer));
}

function treePicture(example: Example): Picture {
  const word = "▁lighthouse";
  const merges = merged(example, word);
  const [left, top, step, wide] = [16, 64, 26, 46];
  const x = (character: number) => left + character * wide;
  const y = (row: number) => top + row * step;
  const body = [text("Ten merges, the best score first", 16, 28, { of: "bold" })];
  [...word].forEach((character, i) => {
    body.push(text(character, x(i) + wide / 2, y(0) + 4, { anchor: "middle", of: "mono bold" }));
  });
  merges.forEach(({ piece, score: of, ...place }, i) => {
    const [begin, end, middle] = [x(place.begin) + 4, x(place.end) - 4, y(i + 1)];
    const d = `M${short(begin)} ${middle - 10}v12h${short(end - begin)}v-12`;
    body.push(element("path", { class: "line", d, "stroke-opacity": 0.5 }));
    const label = `${i + 1}. ${piece}  ${score(of)}`;
    body.push(text(label, (begin + end) / 2, middle - 2, { anchor: "middle", of: "small mono" }));
  });
  const early = merges.findIndex(({ piece }) => piece === "ou");
  const { begin: from, end: to } = merges[early];
  body.push(
    notice(
      { x: x(from) - 2, y: y(early + 1) - 16, width: x(to) - x(from) + 4, height: 22 },
      "in the middle, before “li” at the front",
      { x: x(from) - 12, y: y(early + 1), anchor: "end" },
    ),
  );
  return {
    title: "How “ lighthouse” is merged from its letters into one token",
    width: WIDTH,
    height: y(merges.length) + 24,
    body,
    table: {
      head: ["merge", "piece", "score"],
      rows: merges.map(({ piece, score: of }, i) => [String(i + 1), piece, score(of)]),
    },
  };
}

export const tokens: PageParts = {
  page: 1,

  figures(example) {
    const { tokenizer, model } = example;
    const { vocabulary } = tokenizer;
    const { bosTokenId } = model.config;
    const plain = example.encode(PROMPT);
    const characters = [...PROMPT.replaceAll(" ", "▁")].map((c) => tokenizer.idOf(c) as number);
    const scoreOf = (piece: string) => {
      return score(vocabulary.model.pieces[tokenizer.idOf(piece) as number].score);
    };
    const plums = merged(example, "▁plums");
    return {
      count: String(example.ids.length),
      "mira-id": String(example.ids[1]),
      "vocabulary-size": String(tokenizer.vocabSize),
      "bos-id": String(bosTokenId),
      thirteen: cut(tokenizer.encodePieces("13").pieces),
      accent: cut(tokenizer.encodePieces("é").pieces),
      "plums-letters": cut([..."▁plums"]),
      "plums-pairs": cut(pairsOf("▁plums").filter((pair) => vocabulary.mergeable.has(pair))),
      "plums-1": `\`${plums[0].piece}\` (${score(plums[0].score)})`,
      "plums-2": `\`${plums[1].piece}\` (${score(plums[1].score)})`,
      "plums-rest": plums
        .slice(2)
        .map(({ piece, score: of }) => `\`${piece}\` (${score(of)})`)
        .join(", "),
      "ou-score": scoreOf("ou"),
      "li-score": scoreOf("▁li"),
      whether: cut(tokenizer.encodePieces(" whether").pieces),
      "whether-longest": cut(mistaken(example, "the longest from the left", "▁whether")),
      hello: cut(tokenizer.encodePieces(" Hello").pieces),
      "hello-leftmost": cut(mistaken(example, "the first pair", "▁Hello")),
      "character-count": String(characters.length + 1),
      "said-plain": example.continue(plain),
      "said-characters": example.continue([bosTokenId, ...characters]),
      "said-had-6": firstWord(example.continue(example.encode("Mira the fox had 6"))),
      "said-had-6-blank": firstWord(example.continue(example.encode("Mira the fox had 6 "))),
      "said-without-bos": example.continue(plain.slice(1)),
    };
  },

  pictures: { merges: treePicture },

  blocks: {
    sentence: ({ ids, pieces }) => pieces.map((piece, i) => `\`${piece}\` ${ids[i]}`).join(" · "),
  },
};

/** `abc` → `ab`, `bc`. */
const pairsOf = (word: string) => [...word.slice(1)].map((letter, i) => word[i] + letter);

/** ` plums. At the` → ` plums`. */
const firstWord = (said: string) => /^\s*\S*?(?=[\s.]|$)/.exec(said)?.[0] ?? "";
