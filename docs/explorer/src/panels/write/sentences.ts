/**
 * The sentences of what was written last that are whole.
 * @module
 */
import type { Written } from "./writing.ts";

export function sentencesOf({ steps, from, end }: Written): string[] {
  const text = [...steps].map(([at, step]) => (at < from ? "" : step.text)).join("");
  const isWhole = (sentence: string) => end !== undefined || /[.!?]["”]?\s+$|\n$/.test(sentence);
  return (text.match(/.*?[.!?]["”]?(?:\s+|$)|.+\n?/g) ?? [])
    .filter(isWhole)
    .map((sentence) => sentence.trim());
}
