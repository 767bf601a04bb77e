/**
 * Text as the model sees it: tokens in the colour of their probability, and those that are no text (BOS, the marks of turns) with a frame.
 * @module
 */
import { type Markup, markup } from "../../../conformance/report/markup.ts";
import type { Tokenizer } from "../../../tokenizer/tokenizer.ts";

/** A step of the scale of log p. */
export interface Step {
  readonly name: string;
  /** The least log p of the step. */
  readonly from: number;
  readonly label: string;
  readonly light: string;
  readonly dark: string;
}

/** From what the model expects to what surprises it: blue to red, readable without red or green. */
export const STEPS: readonly Step[] = [
  { name: "p0", from: Math.log(0.9), label: "p > 0.9", light: "#e6f0fa", dark: "#16293d" },
  { name: "p1", from: Math.log(0.5), label: "> 0.5", light: "#cfe2f4", dark: "#1d3f60" },
  { name: "p2", from: Math.log(0.1), label: "> 0.1", light: "#fdeccb", dark: "#54380f" },
  { name: "p3", from: Math.log(0.01), label: "> 0.01", light: "#fdc985", dark: "#6b4010" },
  { name: "p4", from: Math.log(1e-4), label: "> 0.0001", light: "#f39c5b", dark: "#944a14" },
  { name: "p5", from: Number.NEGATIVE_INFINITY, label: "less", light: "#d9632f", dark: "#e07a3f" },
];

/** The step of a log p. */
export function stepOf(logprob: number): Step {
  return STEPS.find(({ from }) => logprob > from) ?? STEPS[STEPS.length - 1];
}

/** The colours, explained. */
export function legend(): Markup {
  const steps = STEPS.map(
    ({ name, label }) => markup`<span><b class="${name}"></b>${label}</span>`,
  );
  return markup`<p class="legend"><strong>Probability of a token</strong>
${steps}
<span><b class="special">&lt;…&gt;</b>no text: BOS, marks of turns</span></p>`;
}

/** Tokens that were predicted. */
export function predicted(
  tokenizer: Tokenizer,
  tokens: readonly number[],
  logprobs: ArrayLike<number>,
): Markup[] {
  return tokens.map((id, i) => {
    const text = pieceOf(tokenizer, id);
    const title = `${text} · token ${id} · log p ${logprobs[i].toFixed(3)}, p ${formatP(Math.exp(logprobs[i]))}`;
    return markup`<span class="t ${stepOf(logprobs[i]).name}" title="${title}">${text}</span>`;
  });
}

/** A prompt: its text, and its special tokens in frames. */
export function prompt(tokenizer: Tokenizer, ids: readonly number[]): Markup[] {
  const parts: Markup[] = [];
  let ordinary: number[] = [];
  const flush = () => {
    if (ordinary.length > 0) parts.push(markup`<span>${tokenizer.decode(ordinary)}</span>`);
    ordinary = [];
  };
  for (const id of ids) {
    if (!isSpecial(tokenizer, id)) {
      ordinary.push(id);
      continue;
    }
    flush();
    parts.push(markup`<b class="special" title="token ${id}">${tokenizer.piece(id)}</b>`);
  }
  flush();
  return parts;
}

function isSpecial(tokenizer: Tokenizer, id: number): boolean {
  const { startOfTurnId, endOfTurnId } = tokenizer;
  return tokenizer.isControl(id) || id === startOfTurnId || id === endOfTurnId;
}

function pieceOf(tokenizer: Tokenizer, id: number): string {
  if (id >= tokenizer.vocabSize) return `<${id}>`;
  return tokenizer.piece(id).replaceAll("▁", " ").replaceAll("\n", "↵\n");
}

function formatP(p: number): string {
  return p >= 0.001 ? p.toFixed(3) : p.toExponential(1);
}
