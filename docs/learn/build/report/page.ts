/**
 * docs/report.md as it should be, and its pictures: written by `npm run learn`, with the pages of the road.
 * @module
 */
import { countParameters, GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../../../src/config.ts";
import { benchmarkLead, benchmarkOutcomes } from "../../../../src/report/benchmark-scores.ts";
import { HUMAN_MMLU } from "../../../../src/report/claims.ts";
import { CONTEXT_LENGTH } from "../../../../src/report/dimensions.ts";
import { INCONSISTENCIES } from "../../../../src/report/inconsistencies.ts";
import { MEMORIZATION } from "../../../../src/report/memorization.ts";
import { CARBON_TONNES } from "../../../../src/report/training.ts";
import { type Picture, svgOf } from "../draw/picture.ts";
import { fill } from "../text/markers.ts";
import { count, fixed, markdownTable } from "../text/numbers.ts";
import { benchmarkDots } from "./benchmark-dots.ts";
import { componentTable } from "./components.ts";
import { parameterBars } from "./parameter-bars.ts";
import { TABLES } from "./tables.ts";

export const REPORT_PAGE = "docs/report.md";

/** What the page takes from the rest of the script. */
export interface ReportPageParts {
  readonly text: string;
  /** Outputs of examples, by file. */
  readonly outputs: ReadonlyMap<string, string>;
  /** A page of the road as a link from the folder docs, or as a name. */
  page(number: number): string;
}

const PICTURES: Readonly<Record<string, () => Picture>> = {
  parameters: parameterBars,
  benchmarks: benchmarkDots,
};

/** Numbers that a token takes in the KV cache: a key and a value of each head of each layer. */
const kvNumbers = ({ numHiddenLayers, numKeyValueHeads, headDim }: GemmaConfig) =>
  2 * numHiddenLayers * numKeyValueHeads * headDim;

function figures(): Readonly<Record<string, string>> {
  const { wins, ties, losses } = benchmarkOutcomes("Gemma 7B");
  const shareOfTable = (config: GemmaConfig) => {
    const { embedding, total } = countParameters(config);
    return `${fixed((100 * embedding) / total, 0)} %`;
  };
  return {
    context: count(CONTEXT_LENGTH),
    "kv-2b": count(kvNumbers(GEMMA_2B)),
    "kv-7b": count(kvNumbers(GEMMA_7B)),
    "kv-ratio": fixed(kvNumbers(GEMMA_7B) / kvNumbers(GEMMA_2B), 1),
    "table-2b": shareOfTable(GEMMA_2B),
    "table-7b": shareOfTable(GEMMA_7B),
    carbon: String(CARBON_TONNES),
    wins: String(wins.length),
    ties: String(ties.length),
    losses: String(losses.length),
    "math-lead": fixed(benchmarkLead("MATH", "Gemma 7B"), 1),
    "human-mmlu": fixed(HUMAN_MMLU, 1),
    documents: count(MEMORIZATION.documents),
    prompt: String(MEMORIZATION.promptTokens),
    continuation: String(MEMORIZATION.continuationTokens),
    "edit-share": `${100 * MEMORIZATION.editShare} %`,
    inconsistencies: String(INCONSISTENCIES.length),
  };
}

const picturePath = (name: string) => `docs/pictures/learn/report-${name}.svg`;

function pictureOf(name: string): string {
  const { title, table } = PICTURES[name]();
  const numbers = markdownTable(table.head, table.rows);
  const file = picturePath(name).replace("docs/", "");
  return `![${title}](${file})\n\n<details><summary>Its numbers</summary>\n\n${numbers}\n\n</details>`;
}

/** The page and its pictures, by path. @throws {Error} if the page names what is not there, or leaves out what is. */
export function reportFiles({ text, outputs, page }: ReportPageParts): Map<string, string> {
  const blocks = { ...TABLES, components: () => componentTable(page) };
  const values = figures();
  const unused = new Set([values, PICTURES, blocks].flatMap((made) => Object.keys(made)));
  const use = <T>(made: Readonly<Record<string, T>>, name: string): T => {
    unused.delete(name);
    if (Object.hasOwn(made, name)) return made[name];
    throw new Error(`${REPORT_PAGE}: no "${name}"; there are ${Object.keys(made).join(", ")}`);
  };
  const written = fill(text, {
    figure: (name) => {
      const number = /^page-(\d+)$/.exec(name)?.[1];
      return number === undefined ? use(values, name) : page(Number(number));
    },
    block(kind, name) {
      if (kind === "block") return use(blocks, name)();
      if (kind === "example") return outputs.get(name) as string;
      if (kind !== "picture") throw new Error(`${REPORT_PAGE}: no ${kind} here`);
      use(PICTURES, name);
      return pictureOf(name);
    },
  });
  if (unused.size > 0) throw new Error(`${REPORT_PAGE}: not shown: ${[...unused].join(", ")}`);
  const files = new Map([[REPORT_PAGE, written]]);
  for (const [name, draw] of Object.entries(PICTURES)) files.set(picturePath(name), svgOf(draw()));
  return files;
}
