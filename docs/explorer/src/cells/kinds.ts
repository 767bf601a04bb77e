/**
 * All kinds of number.
 * @module
 */
import type { Cell, CellOf } from "../cell.ts";
import { pieceText } from "../format.ts";
import type { Finding, Overview } from "../messages.ts";
import { drawKind } from "./draw.tsx";
import { keptKind } from "./kept.tsx";
import type { Kind } from "./kind.ts";
import { lensKind } from "./lens.tsx";
import { normKind } from "./norm.tsx";
import { partKind } from "./part.tsx";
import { streamKind } from "./stream.tsx";
import { turnedKind } from "./turned.tsx";
import { unitKind } from "./unit.tsx";
import { valueKind } from "./value.tsx";
import { weightKind } from "./weight.tsx";

const KINDS: { readonly [K in Cell["kind"]]: Kind<CellOf<K>> } = {
  weight: weightKind,
  stream: streamKind,
  unit: unitKind,
  lens: lensKind,
  norm: normKind,
  turned: turnedKind,
  kept: keptKind,
  value: valueKind,
  part: partKind,
  draw: drawKind,
};

export const kindOf = (cell: Cell): Kind<Cell> => KINDS[cell.kind] as Kind<Cell>;

export const isThere = (cell: Cell, shown: Overview): boolean => kindOf(cell).isThere(cell, shown);

export const whereIs = (finding: Finding, shown: Overview): string =>
  kindOf(finding.cell).where(finding.cell, finding, shown);

/** The one number, as it is written largest. */
export const numberOf = ({ cell, value }: Finding): string =>
  value === undefined ? "hidden" : kindOf(cell).write(value);

/** Where it is, and what. */
export function titleOf(finding: Finding, shown: Overview): string {
  const [best] = finding.tops ?? [];
  return `${whereIs(finding, shown)}: ${best ? `${pieceText(best.piece)} ` : ""}${numberOf(finding)}`;
}
