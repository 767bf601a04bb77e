/**
 * The tables of `lens`: depths by positions, and the first tokens of one position.
 * @module
 */

import type { LensCell, LensDepth, LensToken, LogitLens } from "../../interp/lens/lens.ts";
import type { NamedToken } from "../../interp/lens/token-choice.ts";
import { table } from "../../table.ts";
import { cellPiece, cutTo, filledTo, widthOf } from "../terminal/columns.ts";
import type { Style } from "../terminal/style.ts";

export interface Look {
  readonly style: Style;
  /** Of a line, in characters. */
  readonly width: number;
}

/** Most columns of a piece in a table. */
const PIECE = 12;

/** Spaces between two columns. */
const GAP = "  ";

/** A token on its own: its piece, or its id where there is none. */
export function tokenText({ id, piece }: NamedToken): string {
  return piece === undefined ? `#${id}` : cellPiece(piece);
}

/** A share in percent: `<1` is not nothing. */
function percent(probability: number): string {
  if (probability >= 0.005) return `${Math.round(100 * probability)}`;
  return probability > 0 ? "<1" : "0";
}

/** Sure is green, hardly more than a guess is dim. */
function byProbability(probability: number, text: string, style: Style): string {
  if (probability >= 0.5) return style("green", text);
  return probability < 0.1 ? style("dim", text) : text;
}

/** What a depth is called: the embedding, after block 0, 1 …; the last is the model's output. */
function depthLabel(depth: number, isLast: boolean): string {
  if (depth === 0) return "embed";
  return isLast ? "output" : `L${depth - 1}`;
}

/** A column of the grid. */
interface Column {
  readonly head: readonly [position: string, piece: string];
  readonly cells: readonly { readonly text: string; readonly probability: number }[];
  readonly width: number;
}

/** A row for each depth, a column for each position, as many beside each other as the line holds. */
export function gridText(lens: LogitLens, look: Look & { readonly isFollowing: boolean }): string {
  const { style, width, isFollowing } = look;
  const { depths, tokens, positions } = lens;
  const columns = positions.map((position, i): Column => {
    const cells = depths.map(({ cells }) => cellOf(cells[i], isFollowing));
    const piece = cutTo(tokenText(tokens[position]), PIECE);
    const widest = Math.max(...cells.map(({ text }) => widthOf(text)));
    const head = [`${position}`, piece] as const;
    return { head, cells, width: Math.max(...head.map(widthOf), widest) };
  });
  const labels = depths.map(({ depth }, i) => depthLabel(depth, i === depths.length - 1));
  const margin = Math.max(...labels.map(widthOf));
  const blocks = inLines(columns, width - margin).map((some) => {
    // The last of a line is not filled up.
    const line = (
      label: string,
      cell: (column: Column, fill: (text: string) => string) => string,
    ) =>
      [
        filledTo(label, margin),
        ...some.map((column, i) => {
          const room = i === some.length - 1 ? 0 : column.width;
          return cell(column, (text) => filledTo(text, room));
        }),
      ].join(GAP);
    const heads = [
      line("", ({ head: [position] }, fill) => style("dim", fill(position))),
      line("", ({ head: [, piece] }, fill) => style("bold", fill(piece))),
    ];
    const rows = labels.map((label, d) =>
      line(label, ({ cells }, fill) => {
        return byProbability(cells[d].probability, fill(cells[d].text), style);
      }),
    );
    return `${[...heads, ...rows].join("\n")}\n`;
  });
  return `${style("bold", title(lens, isFollowing))}\n\n${blocks.join("\n")}`;
}

function cellOf({ top: [first], targets: [target] }: LensCell, isFollowing: boolean) {
  if (isFollowing) {
    const { rank, probability } = target;
    return { text: `#${rank} ${percent(probability)}%`, probability };
  }
  const { probability } = first;
  const text = `${cutTo(tokenText(first), PIECE)} ${percent(probability)}%`;
  return { text, probability };
}

function title({ depths: [{ cells }] }: LogitLens, isFollowing: boolean): string {
  if (!isFollowing) return "The next token after each, as it looks after every block";
  return `Rank and probability of ${tokenText(cells[0].targets[0])} after each token, by depth`;
}

/** Columns in groups that fit into a line. */
function inLines(columns: readonly Column[], room: number): Column[][] {
  const groups: Column[][] = [];
  let left = 0;
  for (const column of columns) {
    const needed = GAP.length + column.width;
    if (groups.length === 0 || needed > left) {
      groups.push([]);
      left = room;
    }
    groups.at(-1)?.push(column);
    left -= needed;
  }
  return groups;
}

/** The first tokens of one position at each depth, the token that is followed, and how far it is from the end. */
export function positionText({ tokens, positions: [position], depths }: LogitLens, look: Look) {
  const { style, width } = look;
  const [target] = depths[0].cells[0].targets;
  const head = ["", "kl", "entropy", `rank of ${cutTo(tokenText(target), PIECE)}`];
  const rows = depths.map(({ depth, cells: [cell] }: LensDepth, i) => [
    depthLabel(depth, i === depths.length - 1),
    cell.kl.toFixed(2),
    cell.entropy.toFixed(2),
    `${cell.targets[0].rank}`,
  ]);
  const lines = table([head, ...rows], "lrrr")
    .trimEnd()
    .split("\n");
  const margin = Math.max(...lines.map(widthOf)) + GAP.length;
  const text = lines.map((line, i) => {
    const begin = filledTo(line, margin);
    if (i === 0) return style("dim", `${begin}most probable`);
    return begin + topText(depths[i - 1].cells[0].top, width, margin, style);
  });
  const after = `${style("bold", `After token ${position}, ${tokenText(tokens[position])}`)}\n\n`;
  return `${after}${text.join("\n")}\n`;
}

/** Tokens beside each other, and below where the line ends. */
function topText(top: readonly LensToken[], width: number, margin: number, style: Style): string {
  let [text, column] = ["", margin];
  for (const token of top) {
    const { probability } = token;
    const cell = `${cutTo(tokenText(token), PIECE)} ${percent(probability)}%`;
    if (column > margin && column + GAP.length + widthOf(cell) > width) {
      text += `\n${" ".repeat(margin)}`;
      column = margin;
    } else if (column > margin) {
      text += GAP;
      column += GAP.length;
    }
    text += byProbability(probability, cell, style);
    column += widthOf(cell);
  }
  return text;
}
