/**
 * Where a number is, in words.
 * @module
 */
import { depthName } from "../depth-name.ts";
import { percent, pieceText, weight } from "../format.ts";
import type { Finding, Overview } from "../messages.ts";

/** Layer 2, head 1, query “.” (12), key “␣Mira” (11) */
export function whereIs({ cell, layer, head, pos }: Finding, { tokens }: Overview): string {
  const token = (at: number) => `“${pieceText(tokens[at]?.piece ?? "")}” (${at})`;
  switch (cell.kind) {
    case "weight":
      return `Layer ${layer}, head ${head}, query ${token(cell.query)}, key ${token(cell.key)}`;
    case "stream":
      return `The stream, ${depthName(cell.depth)}, at ${token(pos)}, dimension ${cell.dim}`;
    case "unit":
      return `Layer ${layer}, MLP, at ${token(pos)}, unit ${cell.unit}`;
    case "lens":
      return `The stream read early: ${depthName(cell.depth)}, at ${token(cell.pos)}`;
  }
}

/** The one number, as it is written largest. */
export function numberOf({ cell, value }: Finding): string {
  if (value === undefined) return "hidden";
  if (cell.kind === "lens") return percent(value);
  return cell.kind === "weight" ? weight(value) : weight(value).replace(/0+$/, "0");
}

export function titleOf(finding: Finding, overview: Overview): string {
  const [best] = finding.tops ?? [];
  return `${whereIs(finding, overview)}: ${best ? `${pieceText(best.piece)} ` : ""}${numberOf(finding)}`;
}
