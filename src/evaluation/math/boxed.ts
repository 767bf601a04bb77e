/**
 * Answers within `\boxed{...}`, as solutions of MATH (Hendrycks et al. 2021, arXiv:2103.03874) mark them.
 * @module
 */

/**
 * From where `start` says to the brace that closes the first one that opens after it; undefined if no brace does.
 */
export function throughClosingBrace(text: string, start: number): string | undefined {
  let open = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "{") open++;
    if (text[i] === "}" && --open === 0) return text.slice(start, i + 1);
  }
  return undefined;
}

/**
 * The last `\boxed{...}`, or `\fbox{...}` where there is none, with its braces; of `\boxed x$`, which has none, everything before
 * the `$`.
 */
export function lastBoxed(text: string): string | undefined {
  if (text.includes("\\boxed ")) {
    const [answer] = (text.split("\\boxed ").pop() ?? "").split("$");
    return `\\boxed ${answer}`;
  }
  const boxed = text.lastIndexOf("\\boxed");
  const start = boxed < 0 ? text.lastIndexOf("\\fbox") : boxed;
  return start < 0 ? undefined : throughClosingBrace(text, start);
}

/** What stands in a box that {@link lastBoxed} has found; undefined in an `\fbox`. */
export function insideBox(boxed: string): string | undefined {
  const [spaced, braced] = ["\\boxed ", "\\boxed{"];
  if (boxed.includes(spaced)) {
    return boxed.startsWith(spaced) ? boxed.slice(spaced.length) : undefined;
  }
  if (!boxed.startsWith(braced) || !boxed.endsWith("}")) return undefined;
  return boxed.slice(braced.length, -1);
}
