/**
 * Texts for a model without a tokenizer: ids, with spaces or commas between them.
 * @module
 */

/** The ids that a text consists of; undefined if it is not of that kind. Nothing at all is no ids. */
export function idsIn(text: string): number[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  return parts.every((part) => /^\d{1,9}$/.test(part)) ? parts.map(Number) : undefined;
}

/** Some ids to begin with, the first of them again at the end, so that attention has something to find. */
export function someIds(vocabSize: number): string {
  const ids = [3, 5, 8, 13, 21, 34, 3, 5].filter((id) => id < vocabSize);
  return ids.join(" ");
}
