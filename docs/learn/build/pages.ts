/**
 * The pages and pictures as they should be, from the pages as they are.
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Picture, svgOf } from "./draw/picture.ts";
import { Example } from "./example.ts";
import { JUDGE_PAGE, judgeFiles } from "./judge/page.ts";
import type { PageParts } from "./page-parts.ts";
import { PAGES } from "./pages/pages.ts";
import { REPORT_PAGE, reportFiles } from "./report/page.ts";
import { ROAD } from "./road.ts";
import { outputOf } from "./run-example.ts";
import { type BlockKind, fill } from "./text/markers.ts";
import { markdownTable } from "./text/numbers.ts";
import { regionOf } from "./text/regions.ts";

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
export const readSource = (path: string): string => readFileSync(root(path), "utf8");

/** The running example. What the pages say today is what it is most likely to say. */
export function openExample(): Promise<Example> {
  const pages = PAGES.map(({ page }) => readSource(pathOf(page))).join("\n");
  const said = [...pages.matchAll(/<!--=[\w-]*said[\w-]*-->(.+?)<!--\/-->/g)];
  return Example.open([...new Set(said.map(([, text]) => text))]);
}

/** All files that the script writes, by path: pages of the road, docs/report.md and docs/judge.md with their figures, and pictures. */
export async function everyFile(example: Example): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const parts of PAGES) {
    const path = pathOf(parts.page);
    const pictures = await eachOf(parts.pictures, example);
    files.set(path, await pageOf(readSource(path), parts, pictures, example));
    for (const [name, picture] of Object.entries(pictures)) {
      files.set(picturePath(parts.page, name), svgOf(picture));
    }
  }
  await example.close();
  const text = readSource(REPORT_PAGE);
  const report = {
    text,
    outputs: await outputsOf(text),
    page: (n: number) => roadLink(n, "learn/"),
  };
  for (const [path, content] of reportFiles(report)) files.set(path, content);
  const judge = readSource(JUDGE_PAGE);
  for (const [path, content] of judgeFiles(judge, await outputsOf(judge))) files.set(path, content);
  const glossary = "docs/learn/glossary.md";
  return files.set(glossary, fill(readSource(glossary), GLOSSARY));
}

const isWritten = (page: number) => PAGES.some((parts) => parts.page === page);
export const pathOf = (page: number): string => `docs/learn/${ROAD[page].file}`;
const number = (page: number) => String(page).padStart(2, "0");
const picturePath = (page: number, name: string) =>
  `docs/pictures/learn/${number(page)}-${name}.svg`;

/** What functions make of the example, by their names. */
async function eachOf<T>(
  made: Readonly<Record<string, (example: Example) => T | Promise<T>>>,
  example: Example,
): Promise<Record<string, T>> {
  const all: Record<string, T> = {};
  for (const [name, make] of Object.entries(made)) all[name] = await make(example);
  return all;
}

/** A page with its figures. @throws {Error} if it names what is not there, or leaves out what is. */
async function pageOf(
  text: string,
  parts: PageParts,
  pictures: Readonly<Record<string, Picture>>,
  example: Example,
): Promise<string> {
  const { page } = parts;
  const figures = await parts.figures(example);
  const blocks = await eachOf(parts.blocks ?? {}, example);
  const unused = new Set([figures, pictures, blocks].flatMap((made) => Object.keys(made)));
  const outputs = await outputsOf(text);
  const use = <T>(made: Readonly<Record<string, T>>, name: string): T => {
    unused.delete(name);
    if (Object.hasOwn(made, name)) return made[name];
    throw new Error(`${pathOf(page)}: no "${name}"; there are ${Object.keys(made).join(", ")}`);
  };
  const write: Readonly<Record<BlockKind, (name: string) => string>> = {
    code: codeOf,
    picture: (name) => pictureOf(page, name, use(pictures, name)),
    block: (name) => use(blocks, name),
    example: (name) => outputs.get(name) as string,
    contents: contentsOf,
  };
  const filled = fill(text, {
    figure: (name) => linkToPage(name) ?? use(figures, name),
    block: (kind, name) => write[kind](name),
  });
  if (unused.size > 0) throw new Error(`${pathOf(page)}: not shown: ${[...unused].join(", ")}`);
  return filled;
}

/** `src/nn/rmsnorm.ts#rows` → the code and where it stands. */
function codeOf(place: string): string {
  const [file, region] = place.split("#");
  return `\`\`\`ts\n${regionOf(readSource(file), region, file)}\n\`\`\`\n\n[${file}](../../${file})`;
}

function pictureOf(page: number, name: string, { title, table }: Picture): string {
  const file = picturePath(page, name).replace("docs/", "../");
  const numbers = markdownTable(table.head, table.rows);
  return `![${title}](${file})\n\n<details><summary>Its numbers</summary>\n\n${numbers}\n\n</details>`;
}

/** Examples stand in docs/learn/examples, where they can be run: the code, and what it prints. */
async function outputsOf(text: string): Promise<Map<string, string>> {
  const shown = new Map<string, string>();
  for (const [, file] of text.matchAll(/^<!-- example: (.+) -->$/gm)) {
    const code = readSource(file);
    const output = await outputOf(code);
    shown.set(
      file,
      `\`\`\`js\n${code.trim()}\n\`\`\`\n\nprints\n\n\`\`\`text\n${output.trim()}\n\`\`\``,
    );
  }
  return shown;
}

function contentsOf(): string {
  const rows = ROAD.map(({ file, title, question, minutes }, page) => {
    const name = isWritten(page) ? `[${title}](${file})` : title;
    return [String(page), name, question, `${minutes} min`];
  });
  return markdownTable(["", "page", "question", "with its exercise"], rows.slice(1));
}

/** `page-4` → a link to it, once it is written. */
function linkToPage(name: string): string | undefined {
  const page = Number(/^page-(\d+)$/.exec(name)?.[1]);
  return ROAD[page] && roadLink(page);
}

/** @param folder where docs/learn is, seen from the page that links. */
function roadLink(page: number, folder = ""): string {
  return isWritten(page) ? `[page ${page}](${folder}${ROAD[page].file})` : `page ${page}`;
}

const GLOSSARY = {
  figure(name: string): string {
    const link = linkToPage(name);
    if (link === undefined) throw new Error(`glossary.md: no ${name}`);
    return link;
  },
  block(kind: string): string {
    throw new Error(`glossary.md: no ${kind} here`);
  },
};
