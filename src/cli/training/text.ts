/**
 * What `train` and `sft` say.
 * @module
 */
import type { TunedAnswers } from "../../tuning/answers.ts";
import type { TuningRow } from "../../tuning/conversation.ts";
import type { Style } from "../terminal/style.ts";
import { reflow } from "../terminal/wrap.ts";
import type { Learnt } from "./learn.ts";

const WIDTH = 80;

export function demoBegin(rows: number, steps: number, style: Style): string {
  const text = `A tiny Gemma learns to tell other tales than it was trained on: ${rows} conversations, ${steps} steps.`;
  return `${style("bold", text)}\n`;
}

/** What has come of a run. */
export function learntText({ last, written }: Learnt, style: Style): string {
  const loss = last && `Loss ${last.loss.toFixed(4)} in step ${last.step}`;
  const valid =
    last?.validLoss === undefined ? "" : `, ${last.validLoss.toFixed(4)} on what it did not learn`;
  const first = loss === undefined ? "There was nothing left to learn." : `${loss}${valid}.`;
  return [style("bold", first), ...written, ""].join("\n");
}

/** The question of a row: what was said before its last answer. */
function questionOf(row: TuningRow): string {
  const { messages, prompt } = row as {
    messages?: readonly { content: string }[];
    prompt?: unknown;
  };
  if (typeof prompt === "string") return prompt;
  const before = messages?.slice(0, -1) ?? (prompt as { content: string }[] | undefined) ?? [];
  return before.at(-1)?.content ?? "";
}

/** One answer before and after, and how many are right and closed. */
export function answersText(
  rows: readonly TuningRow[],
  before: TunedAnswers,
  after: TunedAnswers,
  style: Style,
): string {
  // Where both say the same, an answer shows nothing.
  const changed = after.answers.findIndex(({ text }, i) => text !== before.answers[i].text);
  const at = Math.max(0, changed);
  const said = (name: string, { answers }: TunedAnswers) => {
    const { text, isClosed } = answers[at];
    return `${style("dim", name)}\n${reflow(`${text}${isClosed ? "" : " … (it did not stop)"}`, WIDTH)}\n`;
  };
  const shares = (name: string, { answers }: TunedAnswers) => {
    const [exact, closed] = (["isExact", "isClosed"] as const).map(
      (key) => answers.filter((answer) => answer[key]).length,
    );
    return `${name} ${exact} of ${answers.length} answers were as expected, ${closed} ended their turn.\n`;
  };
  return `
${style("bold", questionOf(rows[at]))}
${said("before", before)}${said("after", after)}
${shares("Before,", before)}${shares("After, ", after)}`;
}

/** The last line of --json. */
export function lineOf(
  out: string | undefined,
  before?: TunedAnswers,
  after?: TunedAnswers,
): string {
  const answers = before && after ? { before, after } : undefined;
  return `${JSON.stringify({ out, answers })}\n`;
}
