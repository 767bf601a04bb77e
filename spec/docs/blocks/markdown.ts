/** The code blocks of the documents, and what is said of each. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of something in the repository. */
export const root = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A fenced block. */
export interface Block {
  /** `docs/text.md:11`, the line of its fence. */
  readonly at: string;
  /** What stands behind the fence; empty if nothing does. */
  readonly language: string;
  readonly code: string;
  /** Why it is not run: `<!-- not run: REASON -->` on a line before it. */
  readonly reason?: string;
  /** Whether the script of the road fills it, from a source or from an example that it runs (spec/learn compares). */
  readonly isFilled: boolean;
  /** Whether it follows the block before it, with nothing but empty lines between. */
  readonly follows: boolean;
}

const FENCE = /^\s*```(.*)$/;
const MARK = /^<!-- (not run|code|example|block): (.*) -->$/;

/** The blocks of a text, in order. */
export function blocksOf(document: string, text: string): Block[] {
  const blocks: Block[] = [];
  let [open, mark, follows] = [undefined as number | undefined, "", false];
  const lines = text.split("\n");
  lines.forEach((line, i) => {
    const fence = FENCE.exec(line);
    if (fence && open === undefined) open = i;
    else if (fence && open !== undefined) {
      const [, kind, reason] = MARK.exec(mark) ?? [];
      blocks.push({
        at: `${document}:${open + 1}`,
        language: FENCE.exec(lines[open])?.[1] ?? "",
        code: lines.slice(open + 1, i).join("\n"),
        reason: kind === "not run" ? reason : undefined,
        isFilled: kind !== undefined && kind !== "not run",
        follows,
      });
      [open, mark, follows] = [undefined, "", true];
    } else if (open === undefined && line.trim() !== "") {
      [mark, follows] = [line.trim(), false];
    }
  });
  if (open !== undefined) throw new Error(`${document}:${open + 1}: a block that does not end`);
  return blocks;
}

const under = (folder: string) =>
  readdirSync(root(folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !/node_modules|^api\//.test(file))
    .map((file) => `${folder}/${file}`);

/** Every document of the repository. */
export const DOCUMENTS: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "fixtures/README.md"],
  ...["docs", "src", "templates"].flatMap(under).sort(),
];

/** Lines of commands that are indented, not fenced, so that nobody would check them. */
export function unfenced(document: string): string[] {
  const prose = readFileSync(root(document), "utf8").replace(/^```.*?^```/gms, "");
  return prose.match(/^ {4}(?:gemma-reference|npm|npx|node|import|const|await) .*$/gm) ?? [];
}

/** The blocks of each document that has some. */
export const BLOCKS: ReadonlyMap<string, readonly Block[]> = new Map(
  DOCUMENTS.map((document) => {
    const text = readFileSync(root(document), "utf8");
    return [document, blocksOf(document, text)] as const;
  }).filter(([, blocks]) => blocks.length > 0),
);
