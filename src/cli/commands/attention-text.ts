/**
 * The text of `attention`: a head's map in shades, and heads in a table.
 * @module
 */
import type { AttentionStages, StageName } from "../../interp/heads/attention-maps.ts";
import { formatPiece, table } from "../../table.ts";
import type { NdArray } from "../../tensor/tensor.ts";

/** From little to much. A cell that the mask hides is empty. */
const SHADES = "·░▒▓█";
/** Where the shades of weights begin, which are uneven as most weights are small. */
const WEIGHTS = [0, 0.05, 0.2, 0.4, 0.7];

const LABEL = 12;
const STRONGEST = " → ";

/**
 * A map [L, L] with its tokens on both axes: a row is a query, a column a key.
 * @param width of the terminal. If there are more tokens than go into it, the last are shown.
 */
export function mapText(
  stages: AttentionStages,
  stage: StageName,
  labels: readonly string[],
  width: number,
): string {
  const { layer, head, keyValueHead, [stage]: map } = stages;
  const L = labels.length;
  const rows = labels.map(
    (label, l) => `${`${l}`.padStart(`${L - 1}`.length)} ${shortened(label)}`,
  );
  const left = Math.max(...rows.map((row) => row.length)) + 2;
  const right = STRONGEST.length + left + 6;
  const cell = left + 2 * L + right <= width ? 2 : 1;
  const shown = Math.max(1, Math.min(L, Math.floor((width - left - right) / cell)));
  const from = L - shown;
  const bounds = stage === "pattern" ? WEIGHTS : evenBounds(map, from);
  const isMasked = stage === "pattern" || stage === "masked";
  const lines = rows.slice(from).map((row, i) => {
    const l = from + i;
    const cells = Array.from({ length: shown }, (_, c) => {
      return isMasked && from + c > l ? " " : shade(map.get(l, from + c), bounds);
    });
    const squares = cells.map((square) => square.repeat(cell)).join("");
    const best = strongest(map, l, isMasked ? l : L - 1);
    const target = `${STRONGEST}${rows[best].trim()} ${number(map.get(l, best))}`;
    return `${row.padEnd(left)}${squares}${target}`;
  });
  const title = `Layer ${layer}, head ${head} (key-value head ${keyValueHead}): ${TITLES[stage]}`;
  const cut = from > 0 ? `The last ${shown} of ${L} tokens; --json has all.\n` : "";
  const numbers = axis(from, shown, cell, left);
  return `${title}
A row reads columns; behind it is what it reads most.
${cut}
${numbers}${lines.join("\n")}

${legend(bounds, stage)}
`;
}

const TITLES: Readonly<Record<StageName, string>> = {
  scores: "dot products q·k",
  scaled: "dot products q·k / √H",
  masked: "q·k / √H, later keys hidden",
  pattern: "attention weights",
};

/** The numbers of the columns, tens above units. */
function axis(from: number, count: number, cell: number, left: number): string {
  const columns = Array.from({ length: count }, (_, c) => from + c);
  const line = (digit: (column: number) => string) =>
    `${" ".repeat(left)}${columns.map((column) => digit(column).padEnd(cell)).join("")}`.trimEnd();
  const tens = line((c) =>
    c >= 10 && (c % 10 === 0 || c === from) ? `${Math.floor(c / 10) % 10}` : " ",
  );
  const units = line((c) => `${c % 10}`);
  return `${tens === "" ? "" : `${tens}\n`}${units}\n`;
}

function shade(value: number, bounds: readonly number[]): string {
  return SHADES[
    Math.max(
      0,
      bounds.findLastIndex((bound) => value >= bound),
    )
  ];
}

/** Five steps of one size from the least to the greatest number of what is shown. */
function evenBounds(map: NdArray, from: number): number[] {
  const [L] = map.shape;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let l = from; l < L; l++) {
    for (let s = from; s < L; s++) {
      const value = map.get(l, s);
      if (value === Number.NEGATIVE_INFINITY) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return Array.from(SHADES, (_, i) => least + ((most - least) * i) / SHADES.length);
}

function legend(bounds: readonly number[], stage: StageName): string {
  const parts = Array.from(SHADES, (square, i) => {
    return i === 0 && stage === "pattern"
      ? `${square} below ${bounds[1]}`
      : `${square} from ${number(bounds[i])}`;
  });
  return parts.join("   ");
}

/** The key of the greatest number in row l, among 0 … last. */
export function strongest(map: NdArray, l: number, last: number): number {
  let best = 0;
  for (let s = 1; s <= last; s++) if (map.get(l, s) > map.get(l, best)) best = s;
  return best;
}

function number(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function shortened(piece: string): string {
  const characters = Array.from(formatPiece(piece));
  return characters.length <= LABEL
    ? characters.join("")
    : `${characters.slice(0, LABEL - 1).join("")}…`;
}

/** What is said of a head. */
export interface HeadLine {
  readonly layer: number;
  readonly head: number;
  /** What the last position reads most. */
  readonly reads: { readonly position: number; readonly weight: number };
  readonly previousToken: number;
  readonly duplicateToken: number;
  readonly induction: number;
}

/** Heads, a line each. */
export function headsText(
  heads: readonly HeadLine[],
  labels: readonly string[],
  random: { readonly count: number; readonly most: number },
): string {
  const last = labels.length - 1;
  const head = ["layer", "head", "reads most", "weight", "previous", "duplicate", "induction"];
  const rows = heads.map(({ layer, head, reads, ...kinds }) => [
    `${layer}`,
    `${head}`,
    `${reads.position} ${shortened(labels[reads.position])}`,
    reads.weight.toFixed(2),
    kinds.previousToken.toFixed(2),
    kinds.duplicateToken.toFixed(2),
    kinds.induction.toFixed(2),
  ]);
  return `The last token is ${last} ${shortened(labels[last])}. Of each head, the token that it reads most:

${table([head, ...rows], "rrlrrrr")}
previous: mean attention on the token before, in this text.
duplicate, induction: on the same token, and on what came after it, in ${random.count}
random tokens that come twice; no head reaches more than ${random.most.toFixed(2)}.
`;
}
