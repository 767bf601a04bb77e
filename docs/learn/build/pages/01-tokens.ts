/**
 * Page 1: how the sentence is cut, and what another cut does.
 * @module
 */
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import { type Example, PROMPT } from "../example.ts";
import { leftmostFirst, longestFirst, type Merged, mergesOf } from "../merges.ts";
import type { PageParts } from "../page-parts.ts";
import { fixed } from "../text/numbers.ts";

/** Scores are minus the order of training. */
const score = (value: number) => fixed(value, 0);
const cut = (pieces: readonly string[]) => pieces.map((piece) => `\`${piece}\``).join(" ");

/** The merges of a word, which end as the tokenizer's do. */
function merged({ tokenizer }: Example, word: string): Merged {
  const found = mergesOf(tokenizer.vocabulary, word);
  const expected = tokenizer.encodePieces(word.replaceAll("▁", " ")).pieces;
  if (found.pieces.join() !== expected.join())
    throw new Error(`merges of ${word}: ${found.pieces}`);
  return found;
}

function treePicture(example: Example): Picture {
  const word = "▁lighthouse";
  const { merges } = merged(example, word);
  const [left, top, step, wide] = [16, 64, 26, 46];
  const x = (character: number) => left + character * wide;
  const y = (row: number) => top + row * step;
  const body = [text("Ten merges, the best score first", 16, 28, { of: "bold" })];
  [...word].forEach((character, i) => {
    body.push(text(character, x(i) + wide / 2, y(0) + 4, { anchor: "middle", of: "mono bold" }));
  });
  merges.forEach(({ piece, score: of, from, to }, i) => {
    const [begin, end, middle] = [x(from) + 4, x(to) - 4, y(i + 1)];
    const d = `M${short(begin)} ${middle - 10}v12h${short(end - begin)}v-12`;
    body.push(element("path", { class: "line", d, "stroke-opacity": 0.5 }));
    const label = `${i + 1}. ${piece}  ${score(of)}`;
    body.push(text(label, (begin + end) / 2, middle - 2, { anchor: "middle", of: "small mono" }));
  });
  const early = merges.findIndex(({ piece }) => piece === "ou");
  const { from, to } = merges[early];
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
    const plums = merged(example, "▁plums").merges;
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
      whether: cut(merged(example, "▁whether").pieces),
      "whether-longest": cut(longestFirst(vocabulary, "▁whether")),
      hello: cut(merged(example, "▁Hello").pieces),
      "hello-leftmost": cut(mergesOf(vocabulary, "▁Hello", leftmostFirst).pieces),
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
