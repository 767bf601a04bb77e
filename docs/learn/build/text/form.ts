/**
 * What every page of the road has, and what none may do: the rules that can be checked by a program.
 * @module
 */
import { parseLink } from "../../../explorer/src/link.ts";
import { ROAD, WORDS } from "../road.ts";
import { withoutMarkers } from "./markers.ts";

/** The parts of a page, in order, below its question and its answer. */
const PARTS = [
  ...["The formula", "The picture", "The code", "With a calculator", "What goes wrong"],
  ...["Exercise", "What you now know", "Next"],
];
/** The first page shows the way, and page 15 where it goes on: they explain no part of the model. */
const SHORT_PAGES = [0, 15];
const SHORT_PARTS = ["The picture", "Exercise", "What you now know", "Next"];
/** Words of prose on a page. */
const LENGTH = { from: 600, to: 900 };

/** Whatever is missing on page `number`. */
export function formFaults(number: number, page: string): string[] {
  const { title, question, minutes } = ROAD[number];
  const faults: string[] = [];
  const expect = (isThere: boolean, fault: string) => {
    if (!isThere) faults.push(fault);
  };
  const isShort = SHORT_PAGES.includes(number);
  const [heading, , asked, , answer] = page.split("\n");
  expect(
    heading === (number === 0 ? `# ${title}` : `# ${number} · ${title}`),
    `its title: ${title}`,
  );
  expect(asked === `**${question}** (${minutes} minutes)`, `its question: ${question}`);
  expect(/^[^#<*]/.test(answer ?? ""), "an answer below the question");

  const parts = page.split(/^## /m).slice(1);
  const names = parts.map((part) => part.slice(0, part.indexOf("\n")));
  const wanted = isShort ? SHORT_PARTS : PARTS;
  const found = names.filter((name) => wanted.includes(name));
  expect(
    found.join() === wanted.join(),
    `the parts ${wanted.join(", ")}; it has ${names.join(", ")}`,
  );
  if (!isShort)
    expect(names.length === wanted.length, `no other parts; it has ${names.join(", ")}`);

  const part = (name: string) => parts[names.indexOf(name)] ?? "";
  expect(/^<!-- picture: /m.test(part("The picture")), "a picture");
  if (!isShort) {
    expect(part("The formula").includes("```math\n"), "a formula in TeX");
    expect(part("The picture").includes("../explorer/#"), "a link to the explorer");
    expect(/^<!-- code: /m.test(part("The code")), "code from the source");
    expect(part("With a calculator").includes("<!--="), "a computed figure under the calculator");
    expect(part("What goes wrong").includes("<!--="), "a computed figure at the bug");
    const command = /gemma-reference (exercise|eval) /;
    expect(command.test(part("Exercise")), "the command of the exercise");
  }
  expect(part("What you now know").includes("\n- "), "a list of what one now knows");
  const next = `<!--=page-${number + 1}-->`;
  if (number < ROAD.length - 1) expect(part("Next").includes(next), `${next} under Next`);

  const words = proseOf(page)
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word)).length;
  const { from, to } = LENGTH;
  if (!isShort) expect(words >= from && words <= to, `${from} to ${to} words; it has ${words}`);
  return faults;
}

/** Words of the glossary that page `number` uses too early, or introduces without a link. */
export function wordFaults(number: number, page: string): string[] {
  const prose = proseOf(page);
  return WORDS.flatMap(({ word, page: since, seen }) => {
    if (since > number) {
      const [used] = seen.exec(prose) ?? [];
      return used === undefined
        ? []
        : [`"${used}" is used before page ${since} introduces ${word}`];
    }
    if (since < number) return [];
    const introductions = page.match(introductionOf(word)) ?? [];
    return introductions.length === 1 ? [] : [`${introductions.length} introductions of ${word}`];
  });
}

/** `**[taps](glossary.md#tap)**` */
function introductionOf(word: string): RegExp {
  return new RegExp(`\\*\\*\\[[^\\]]+\\]\\(glossary\\.md#${anchorOf(word)}\\)\\*\\*`, "g");
}

/** `Residual stream` → `residual-stream`, as GitHub and typedoc name headings. */
export function anchorOf(heading: string): string {
  const letters = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
  return letters.trim().replaceAll(" ", "-");
}

/** The targets of all links and pictures of a page. */
export function linksOf(page: string): string[] {
  return [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
}

/** What is wrong with the fragment of a link to the explorer. */
export function explorerFaults(link: string): string[] {
  const { state, notes } = parseLink(link.slice(link.indexOf("#")));
  return state.panel === undefined ? [...notes, "no panel is opened"] : notes;
}

/** What is read as text: no code, tables, formulas, lists of pages or targets of links. */
function proseOf(page: string): string {
  const text = page
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/^<!-- (\w+): [\s\S]*?^<!-- \/\1 -->$/gm, "")
    .replace(/^\|.*$/gm, "");
  return withoutMarkers(text)
    .replace(/<\/?\w+>/g, "")
    .replace(/\]\([^)\s]+\)/g, "]")
    .replace(/`[^`\n]*`/g, "");
}
