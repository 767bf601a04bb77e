/**
 * The texts of `exercise`, in lines of 80 characters.
 * @module
 */
import { type Exercise, functionNames, type Task } from "../../exercises/exercise.ts";
import type { Failure, Success } from "../../exercises/run/check.ts";
import type { Said } from "../../exercises/run/gemma-says.ts";
import type { Progress } from "../../exercises/run/progress.ts";
import { formatCount, table } from "../../table.ts";
import type { Style } from "../terminal/style.ts";
import { Wrap } from "../terminal/wrap.ts";
import { shownPair, shownTexts } from "./values.ts";

const WIDTH = 80;
/** Where the second column begins, after a tick and a name. */
const COLUMN = 13;

/** A paragraph, every line indented. */
export function paragraph(text: string, indent = 2): string {
  const margin = " ".repeat(indent);
  const wrap = new Wrap(WIDTH, margin);
  return `${margin}${wrap.push(text.trim().replace(/\s+/g, " "))}${wrap.flush()}\n`;
}

/** What comes behind a first column, further lines under it. */
export function beside(head: string, text: string, column: number = COLUMN): string {
  return head.padEnd(column) + paragraph(text, column).trimStart();
}

/** A sign and the exercise, and beside them a text. */
export function titled(sign: "✓" | "✗", { name }: Task, text: string, style: Style): string {
  const coloured = style(sign === "✓" ? "green" : "red", sign);
  return beside(`${sign} ${name}`, text).replace(sign, coloured);
}

/** All exercises, with ticks, and what comes next. */
export function listText(
  exercises: readonly Task[],
  progress: Progress,
  program: string,
  style: Style,
): string {
  const isDone = ({ name }: Task) => progress[name]?.passed === true;
  const rows = exercises.map((one) => [
    isDone(one) ? "✓" : "·",
    one.name,
    one.title,
    `page ${one.page}`,
  ]);
  const count = exercises.filter(isDone).length;
  const next = exercises.find((one) => !isDone(one));
  const then = next
    ? `${count === 0 ? "Begin with" : "Next"}: ${program} ${next.name}`
    : `All of it is yours: ${program} play`;
  const title = style("bold", "The road: Gemma, function by function");
  return `${title}   ${count} of ${exercises.length}\n\n${table(rows, "lllr", "  ")}\n${then}\n`;
}

/** What is to be written, and how to go on. */
export function taskText(
  one: Task,
  file: string,
  isUntouched: boolean,
  program: string,
  style: Style,
): string {
  const names = functionNames(one);
  const signatures = names.map((name) => `${name}(${one.functions[name]?.join(", ")})`);
  const given = file === `learn/${one.name}.js` ? "" : ` ${file}`;
  const wanted = signatures.join(" and ");
  const begin = isUntouched
    ? `${file} still says "not yet". Write ${wanted} there, then:`
    : `Write ${wanted} in ${file}, then:`;
  const ways = [
    ["check it", `${program} ${one.name}${given}`],
    ["a hint", `${program} hint ${one.name}`],
  ];
  return `${style("bold", one.name)}: ${one.title} (page ${one.page} of the road)

${paragraph(one.task)}
${paragraph(begin)}
${table(ways, "ll", "    ")}`;
}

/** What failed first, why, and what the model says with it. */
export function failureText(
  one: Exercise,
  failure: Failure,
  said: Said | undefined,
  style: Style,
): string {
  const { given, where } = failure;
  const place = [where, given].filter((text) => text !== "").join(", ");
  return [
    titled("✗", one, `case "${failure.case}"${place === "" ? "" : `: ${place}`}`, style),
    valuesText(failure),
    ...failure.why.map((text) => paragraph(text)),
    // Where nothing came back, the model says nothing, and why has been said.
    failure.yours === undefined && said?.trouble !== undefined ? "" : saidText(one, said),
  ].join("");
}

function valuesText({ yours, expected, at }: Failure): string {
  const margin = " ".repeat(COLUMN);
  const line = (name: string, text: string) =>
    margin + name.padEnd(10) + paragraph(text, COLUMN + 10).trimStart();
  if (typeof expected === "string" && typeof yours === "string") {
    const pair = shownTexts(yours, expected);
    const where = `The first difference is at character ${pair.at}.`;
    return `${line("yours", pair.yours)}${line("expected", pair.expected)}${paragraph(where)}`;
  }
  const pair = shownPair(yours, expected, at);
  return (
    (pair.yours === undefined ? "" : line("yours", pair.yours)) + line("expected", pair.expected)
  );
}

function saidText({ noun }: Exercise, said: Said | undefined): string {
  if (!said) return "";
  if (said.trouble !== undefined) {
    return paragraph(`With this ${noun} the model says nothing: ${said.trouble}.`);
  }
  return paragraph(`With this ${noun} the model says:`) + paragraph(quoted(said), 4);
}

/** The prompt and what comes after it. A question stands apart from its answer. */
function quoted({ prompt, text }: Said): string {
  const shown = (part: string) => JSON.stringify(part).slice(1, -1);
  return prompt.endsWith("?") || prompt.endsWith(".")
    ? `"${shown(prompt)}" "${shown(text)}"`
    : `"${shown(prompt)}${shown(text)}"`;
}

/** What was checked, how close it is, and what the model says. */
export function successText(
  one: Exercise,
  success: Success,
  said: Said | undefined,
  next: string,
  style: Style,
): string {
  const { byHand, goldens, distance } = success;
  const cases = (count: number) => `${count} case${count === 1 ? "" : "s"}`;
  const close = distance === 0 ? "equal" : `within ${distance.toExponential(1)}`;
  const checked = `${cases(byHand)} by hand, ${goldens} of Google's code (${close})`;
  if (!said) return titled("✓", one, checked, style) + paragraph(next);
  const text = `${checked}; in the running model 35 × ${formatCount(1024)} logits within ${(said.distance ?? 0).toExponential(1)} of Google's`;
  return titled("✓", one, text, style) + paragraph(quoted(said), 4) + paragraph(next);
}

/** All cases are right, and the running model is not. */
export function strangeText(one: Exercise, said: Said, style: Style): string {
  const far = said.distance ?? Number.NaN;
  const why = said.trouble ?? `its logits are ${far.toExponential(1)} from Google's`;
  const text = `all cases are right, and in the running model something is not: ${why}. Does a function keep something between its calls?`;
  return titled("✗", one, text, style) + saidText(one, said);
}

/** One hint, and how many there are. */
export function hintText({ name, hints }: Task, at: number): string {
  return `${name}, hint ${at + 1} of ${hints.length}\n${paragraph(hints[at])}`;
}

/** One sentence about a file that could not be checked. */
export function unusableText(one: Task, why: string, style: Style): string {
  return titled("✗", one, why, style);
}

/** The model, with what is the learner's named. */
export function playText(
  exercises: readonly Exercise[],
  playing: readonly string[],
  said: Said,
): string {
  const others = exercises.filter(({ name }) => !playing.includes(name)).map(({ name }) => name);
  const yours = playing.length === 0 ? "none yet" : playing.join(", ");
  const text = said.trouble === undefined ? quoted(said) : `Nothing: ${said.trouble}.`;
  const rest = others.length === 0 ? "" : beside("  ours", others.join(", "));
  return `${paragraph(text)}\n${beside("  yours", yours)}${rest}`;
}
