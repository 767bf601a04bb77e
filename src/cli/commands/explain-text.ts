/**
 * What `explain` writes for readers: eighty columns, with or without colour.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { formatNumber, formatPiece, table } from "../../table.ts";
import type { Style } from "../terminal/style.ts";
import type { Followed, Row, Weighed } from "./explain-follow.ts";

const WIDTH = 80;
/** The first numbers of a row that are shown. */
const SHOWN = 5;
const CELL = 10;
const NAME = 24;
/** Most lines of tokens that a head reads, and of blocks in the lens. */
const READ = 5;
const BLOCKS = 9;

/** A step as text. */
interface Part {
  readonly title: string;
  readonly formula: string;
  readonly why: string;
  /** Whole lines. */
  readonly body: string;
}

/** The whole walk. */
export function explanation(followed: Followed, config: GemmaConfig, style: Style): string {
  const { position, layer, head, tokens, attention, embedding, rest } = followed;
  const stepPart = (step: typeof embedding): Part => ({
    ...step,
    body: step.rows.map((row) => rowLine(row, style)).join(""),
  });
  const parts: readonly Part[] = [
    {
      title: "Tokens",
      formula: "text → ids",
      why: "The text is cut into pieces of the vocabulary; in a piece ▁ is a space.",
      body: tokenLines(followed),
    },
    stepPart(embedding),
    ...attention.map(stepPart),
    {
      title: "Scores",
      formula: "s = q · k / √H with every token so far,  p = softmax(s)",
      why: `What head ${head} reads at this place, the most first; later tokens are masked.`,
      body: scoreLines(followed),
    },
    ...rest.map(stepPart),
    {
      title: "Lens",
      formula: "softmax(table · norm(x)) after each block",
      why: "What would come next if the model ended here: the answer takes shape.",
      body: lensLines(followed),
    },
    {
      title: "Logits",
      formula: "logits = table · norm(x),  p = softmax(logits)",
      why: "The last x is held against every row of the table; the best fit wins.",
      body: nextLines(followed),
    },
  ];
  const { numHiddenLayers: blocks, numAttentionHeads: heads } = config;
  const name = style("bold", nameOf(tokens[position]));
  const first = `${name}, position ${position}: through block ${layer} of ${blocks}, with head ${head} of ${heads}, to the next token.`;
  return [
    `${first}\nRows begin with their first ${SHOWN} numbers; --json has all, with their names as taps.\n`,
    ...parts.map(({ title, formula, why, body }, i) => {
      const heading = style("bold", `${`${i + 1}`.padStart(2)}  ${title}`);
      return `${heading}   ${style("cyan", formula)}\n    ${why}\n${body}`;
    }),
    choice(followed, style),
  ].join("\n");
}

/** A name, and the first numbers. */
function rowLine({ name, axis, numbers }: Row, style: Style): string {
  const cells = numbers.slice(0, SHOWN).map((x) => formatNumber(x).padStart(CELL));
  const label = `${name}${axis === undefined ? "" : ` [${axis}]`}`;
  const more = numbers.length > SHOWN ? " …" : "";
  const gap = " ".repeat(Math.max(0, NAME - label.length));
  const shown = axis === undefined ? name : `${name} ${style("dim", `[${axis}]`)}`;
  return `    ${shown}${gap}${cells.join("")}${more}\n`;
}

/** Positions, pieces and ids below each other: those around the token, as many as a line holds. */
function tokenLines({ tokens, position }: Followed): string {
  const column = (at: number) => {
    const { id } = tokens[at];
    return [at === position ? `[${at}]` : `${at}`, nameOf(tokens[at]), `${id}`];
  };
  const widthOf = (at: number) => 2 + Math.max(...column(at).map((cell) => cell.length));
  let [from, to] = [position, position + 1];
  let room = WIDTH - 16 - widthOf(position);
  for (const isBefore of [true, false]) {
    for (;;) {
      const at = isBefore ? from - 1 : to;
      if (at < 0 || at >= tokens.length || widthOf(at) > room) break;
      room -= widthOf(at);
      if (isBefore) from--;
      else to++;
    }
  }
  const columns = Array.from({ length: to - from }, (_, i) => column(from + i));
  const dots = (isCut: boolean) => (isCut ? ["…"] : []);
  const rows = ["position", "piece", "id"].map((name, r) => [
    name,
    ...dots(from > 0),
    ...columns.map((cells) => cells[r]),
    ...dots(to < tokens.length),
  ]);
  return table(rows, `l${"r".repeat(rows[0].length - 1)}`, "    ");
}

function scoreLines({ scores }: Followed): string {
  const most = [...scores].sort((a, b) => b.probability - a.probability).slice(0, READ);
  const rows = most.map((token) => [
    `${token.position}`,
    nameOf(token),
    formatNumber(token.score),
    percent(token.probability),
    bar(token.probability),
  ]);
  const left = scores.length - most.length;
  const others = left === 0 ? "" : `    and ${left} more, ${percent(sumOfRest(most))} together\n`;
  return table([["at", "piece", "s", "p", ""], ...rows], "rlrrl", "    ") + others;
}

function sumOfRest(tokens: readonly Weighed[]): number {
  return Math.max(0, 1 - tokens.reduce((sum, { probability }) => sum + probability, 0));
}

/** Some blocks of a deep model: equally far apart, and the last. */
function lensLines({ lens }: Followed): string {
  const apart = Math.ceil(lens.length / BLOCKS);
  const shown = lens.filter(({ layer }) => (lens.length - 1 - layer) % apart === 0);
  const rows = shown.map(({ layer, top }) => [
    `block ${layer}`,
    ...top.flatMap((token) => [cut(nameOf(token), 14), percent(token.probability)]),
  ]);
  return table(rows, "llrlrlr", "    ");
}

function nextLines({ next }: Followed): string {
  const rows = next.map((token) => [
    nameOf(token),
    `${token.id}`,
    formatNumber(token.logit),
    percent(token.probability),
    bar(token.probability),
  ]);
  return table([["piece", "id", "logit", "p", ""], ...rows], "lrrrl", "    ");
}

function choice({ next: [first], actual }: Followed, style: Style): string {
  const chosen = `Greedy takes ${style("bold", nameOf(first))}; a temperature draws by p.`;
  if (actual === undefined) return `${chosen}\n`;
  return `${chosen} The text goes on with ${nameOf(actual)} (${percent(actual.probability)}).\n`;
}

function nameOf({ id, piece }: { readonly id: number; readonly piece?: string }): string {
  return piece === undefined ? `${id}` : formatPiece(piece);
}

function percent(p: number): string {
  return `${(100 * p).toFixed(1)} %`;
}

function bar(p: number): string {
  return "█".repeat(Math.round(24 * p));
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
