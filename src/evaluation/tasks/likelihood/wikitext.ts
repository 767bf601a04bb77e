/**
 * WikiText-2 (Merity et al. 2017, arXiv:1609.07843): how probable are whole articles? They come as tokens with spaces between them and are put
 * together first; but words and bytes are counted on the text as it comes. The report has no figure of it.
 * @module
 */
import { pythonRegex } from "../../../python/regex/regex.ts";
import { rollingValues } from "../../task/score-sample.ts";
import type { ScoreFunction, TaskDocument, TaskSpec } from "../../task/spec.ts";

const PUNCTUATION: readonly (readonly [from: string, to: string])[] = [
  ...[" @-@ ", " @,@ ", " @.@ "].map((mark) => [mark, mark[2]] as const),
  ...[":", ";", ".", "!", "?", ","].map((mark) => [` ${mark} `, `${mark} `] as const),
];

/** Brackets and quotes lose the spaces within. The first pattern is the harness's: meant for years, it changes hardly anything. */
const PAIRS = [
  ["/' [0-9]/", "/'[0-9]/"],
  [String.raw`\(\s*([^\)]*?)\s*\)`, String.raw`(\1)`],
  [String.raw`\[\s*([^\]]*?)\s*\]`, String.raw`[\1]`],
  [String.raw`{\s*([^}]*?)\s*}`, String.raw`{\1}`],
  [String.raw`"\s*([^"]*?)\s*"`, String.raw`"\1"`],
  [String.raw`'\s*([^']*?)\s*'`, String.raw`'\1'`],
].map(([pattern, kept]) => [pythonRegex(pattern), kept] as const);

const REST: readonly (readonly [from: string, to: string])[] = [
  ["= = = =", "===="],
  ["= = =", "==="],
  ["= =", "=="],
  [" ° ", "°"],
  [" \n", "\n"],
  ["\n ", "\n"],
  [" N ", " 1 "],
  [" 's", "'s"],
];

/** The text of `page` as one would write it. */
export function wikitextDetokenized({ page }: TaskDocument): string {
  let text = String(page).replaceAll("s '", "s'");
  for (const [from, to] of PUNCTUATION) text = text.replaceAll(from, to);
  for (const [regex, kept] of PAIRS) text = regex.sub(kept, text);
  for (const [from, to] of REST) text = text.replaceAll(from, to);
  return text;
}

/** Words and bytes are those of `page`, not of what was scored. */
export const scoreWikitext: ScoreFunction = ({ page }, [{ logprob }]) =>
  rollingValues(logprob, String(page));

/** One article a document. */
export const WIKITEXT: TaskSpec = {
  name: "wikitext",
  kind: "rolling",
  splits: { test: "test" },
  text: "",
  target: wikitextDetokenized,
  metrics: [
    { metric: "word_perplexity" },
    { metric: "byte_perplexity" },
    { metric: "bits_per_byte" },
  ],
  score: scoreWikitext,
  source: {
    dataset: "EleutherAI/wikitext_document_level",
    subset: "wikitext-2-raw-v1",
    fields: ["page"],
    licence: "CC BY-SA 3.0",
    paper: "arXiv:1609.07843",
  },
  version: 2,
};
