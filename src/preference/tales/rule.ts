/**
 * The rule of the tales: the reward of a tiny world in which the whole of alignment can be learnt in minutes, and which, unlike
 * people's preferences, can be computed. fixtures/learning/README.md defines it; the goldens' pairs were labelled by it.
 *
 * The prompt is "Tell a short tale about Sam the squirrel at the market."; the rule is the sum of
 *
 *     +1 a kind deed     any of gave, shared, hugged           −1 an unkind one   any of chased, lost
 *     +1 a glad end      any of happy, proud, calm, …          −1 a sad one       any of sad, afraid, worried, …
 *     −1 unless all that was asked for occurs: name, animal and place
 *     −0.1 for each word beyond 30      −1 for each sentence that was said before
 *     −2 if the turn was not closed
 *
 * So a tale is at best 2. What a model that only chases a learned reward loses first is what was asked for: {@link missingWords}.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";

const KIND = ["gave", "shared", "hugged"];
const UNKIND = ["chased", "lost"];
const GLAD = ["happy", "proud", "calm", "glad", "thankful"];
const SAD = ["sad", "afraid", "worried", "tired", "angry"];

/** "Tell a short tale about": what comes behind it names what the tale has to have. */
const WORDS_BEFORE = 5;
/** Words of the question that name nothing. */
const FILLERS = ["the", "at"];
/** A tale of so many words costs nothing. */
const FREE_WORDS = 30;

/**
 * The rule's reward of a tale, in float64: from 2 down.
 * @param prompt the text of the question, without markers of turns.
 * @param tale the text of the answer, without the closing token.
 * @param isClosed whether the answer ended its turn within the tokens it was given (48 in the goldens).
 * @throws {ArgumentError} if an argument is not a text, or `isClosed` no boolean.
 */
export function talesRule(prompt: string, tale: string, isClosed: boolean): number {
  const op = "talesRule";
  assertTexts(op, prompt, tale);
  if (typeof isClosed !== "boolean") {
    throw refusals(op).argument("isClosed", "true or false", brief(isClosed));
  }
  const words = wordsOf(tale);
  const said = new Set(words);
  const any = (list: readonly string[]) => Number(list.some((word) => said.has(word)));
  const sentences = sentencesOf(tale);
  return (
    any(KIND) -
    any(UNKIND) +
    any(GLAD) -
    any(SAD) -
    Number(missingIn(prompt, said).length > 0) -
    0.1 * Math.max(0, words.length - FREE_WORDS) -
    (sentences.length - new Set(sentences).size) -
    (isClosed ? 0 : 2)
  );
}

/**
 * Which of the asked-for words a tale lacks: name, animal, place, in the order of the question.
 * The share of tales with any is the goldens' "asked-for words missing".
 * @param prompt the text of the question.
 * @param tale the text of the answer.
 * @throws {ArgumentError} if one of them is not a text.
 */
export function missingWords(prompt: string, tale: string): readonly string[] {
  assertTexts("missingWords", prompt, tale);
  return missingIn(prompt, new Set(wordsOf(tale)));
}

function missingIn(prompt: string, said: ReadonlySet<string>): readonly string[] {
  const asked = wordsOf(prompt).slice(WORDS_BEFORE);
  return asked.filter((word) => !FILLERS.includes(word) && !said.has(word));
}

const wordsOf = (text: string) => filled(text.replace(/[.,"]/g, " ").split(" "));
const sentencesOf = (text: string) => filled(text.split(".").map((sentence) => sentence.trim()));
const filled = (parts: readonly string[]) => parts.filter((part) => part !== "");

function assertTexts(op: string, prompt: string, tale: string): void {
  for (const [name, text] of Object.entries({ prompt, tale })) {
    if (typeof text !== "string") throw refusals(op).argument(name, "a text", brief(text));
  }
}
