/**
 * Invented stories in the manner of those that the bundled tiny model was trained on, for tasks that take no download.
 * @module
 */
import type { TaskDocument } from "../../task/spec.ts";

/** Who, what they are, how many they had, of what, where they got how many more, and how. */
type Story = readonly [
  name: string,
  pronoun: "he" | "she",
  animal: string,
  had: number,
  things: string,
  place: string,
  got: string,
  more: number,
];

const STORIES: readonly Story[] = [
  ["Mira", "she", "fox", 6, "plums", "lighthouse", "was given", 7],
  ["Sam", "he", "crow", 3, "coins", "market", "found", 5],
  ["Lily", "she", "bear", 9, "cookies", "garden", "picked", 2],
  ["Finn", "he", "turtle", 4, "shells", "beach", "found", 8],
  ["Nora", "she", "owl", 10, "berries", "forest", "picked", 6],
  ["Hugo", "he", "dog", 7, "carrots", "farm", "was given", 7],
  ["Pearl", "she", "goat", 2, "pears", "mill", "was given", 9],
  ["Ben", "he", "sparrow", 8, "nuts", "hill", "found", 3],
  ["Ruby", "she", "mouse", 5, "apples", "castle", "was given", 10],
  ["Leo", "he", "rabbit", 1, "plums", "river", "picked", 4],
  ["Jade", "she", "cat", 12, "berries", "meadow", "picked", 5],
  ["Otto", "he", "hedgehog", 6, "pears", "bridge", "was given", 6],
  ["Opal", "she", "squirrel", 3, "nuts", "valley", "found", 9],
  ["Max", "he", "frog", 11, "cookies", "harbour", "was given", 1],
  ["Amber", "she", "duck", 7, "shells", "lake", "found", 4],
  ["Theo", "he", "wolf", 5, "apples", "village", "picked", 8],
];

const OTHER = { he: "she", she: "he" } as const;

/**
 * A document of each: `context`, four `endings` of which the one at `label` is right, the number of things as `answer`. The others have the wrong
 * pronoun, the wrong things, or are short: a short ending is probable by being short.
 */
export const DEMO_DOCUMENTS: readonly TaskDocument[] = STORIES.map((story, i) => {
  const [name, pronoun, animal, had, things, place, got, more] = story;
  const sum = had + more;
  const [, , , , others] = STORIES[(i + 1) % STORIES.length];
  const right = `Now ${pronoun} had ${sum} ${things}.`;
  const wrong = [
    `Now ${OTHER[pronoun]} had ${sum} ${things}.`,
    `Now ${pronoun} had ${sum} ${others}.`,
    "The end.",
  ];
  const label = (3 * i) % 4;
  return {
    context: `${name} the ${animal} had ${had} ${things}. At the ${place} ${pronoun} ${got} ${more} more ${things}.`,
    endings: [...wrong.slice(0, label), right, ...wrong.slice(label)],
    label,
    answer: String(sum),
  };
});
