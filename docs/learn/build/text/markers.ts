/**
 * The markers of a page, between which the script writes:
 *
 *     … a size of <!--=mira-size-->1.0931<!--/--> …      a figure, within a line
 *
 *     <!-- picture: sizes -->                            a block: code, picture, block, example or contents
 *     …
 *     <!-- /picture -->
 *
 * @module
 */

const KINDS = ["code", "picture", "block", "example", "contents"] as const;
export type BlockKind = (typeof KINDS)[number];

/** What stands between markers. */
export interface Filling {
  figure(name: string): string;
  block(kind: BlockKind, name: string): string;
}

const FIGURE = /<!--=([^>]*?)-->(.*?)<!--\/-->/g;
const BLOCK = new RegExp(
  `^<!-- (${KINDS.join("|")}): (.+?) -->\\n(?:[\\s\\S]*?\\n)??<!-- /\\1 -->$`,
  "gm",
);

/** The page with everything between markers written anew. @throws {Error} on a marker that has no partner. */
export function fill(page: string, filling: Filling): string {
  const filled = page
    .replace(BLOCK, (_, kind: BlockKind, name: string) => {
      return `<!-- ${kind}: ${name} -->\n${filling.block(kind, name)}\n<!-- /${kind} -->`;
    })
    .replace(FIGURE, (_, name: string) => `<!--=${name}-->${filling.figure(name)}<!--/-->`)
    .replace(LINE_BEGINS, "\n$2$1 ");
  assertWhole(filled);
  return filled;
}

/** Markdown takes a line that begins with a figure for HTML: the word before it comes down to it. */
const LINE_BEGINS = / ([^\s<>]+)\n( *)(?=<!--=)/g;

/** A page without its markers, as a reader sees it. */
export function withoutMarkers(page: string): string {
  return page.replace(/<!--.*?-->/g, "");
}

function assertWhole(page: string): void {
  const rest = page.replace(FIGURE, "").replace(BLOCK, "");
  const [alone] = rest.match(/<!--.*/) ?? [];
  if (alone) throw new Error(`a marker without its partner, or unknown: ${alone.slice(0, 80)}`);
  const [line] = page.match(/^\s*<!--=.*/m) ?? [];
  if (line) {
    throw new Error(
      `Markdown takes a line that begins with a figure for HTML: ${line.slice(0, 80)}`,
    );
  }
}
