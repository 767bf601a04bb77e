/**
 * The chosen number as a program: what one would write to get it from the library.
 * @module
 */
import type { Finding } from "../messages.ts";

const OPENED = [
  'import { Gemma } from "gemma-reference";',
  'import { tinyModelPath } from "gemma-reference/node";',
  "",
  'const gemma = await Gemma.load(tinyModelPath(), { backend: "cpu", precision: "float64" });',
];

export function codeOf({ prompt, taps, code }: Finding): string {
  if (code !== undefined) return [...OPENED, code, ""].join("\n");
  const [, name, at] = /^(\S+) \[(.*)\]$/.exec(taps[taps.length - 1] ?? "") ?? [];
  if (name === undefined) return "";
  const indices = at.split(", ");
  const isRow = indices.includes(":");
  const read = isRow
    ? `pick(${indices.map((i) => (i === ":" ? "null" : i)).join(", ")})`
    : `get(${indices.join(", ")})`;
  return [
    ...OPENED,
    `const cache = await gemma.runWithCache(${JSON.stringify(prompt)}, {`,
    `  names: ${JSON.stringify(name)},`,
    "});",
    `console.log(cache.get(${JSON.stringify(name)}).${read});`,
    "",
  ].join("\n");
}
