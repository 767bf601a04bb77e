/**
 * What typedoc does not do by itself for the pages of the road: formulas as MathML, titles instead of file names, links
 * to the explorer, which stands beside the documents in the site.
 * @module
 */
import { type Application, Converter, type DocumentReflection } from "typedoc";
import { ROAD } from "./road.ts";
import { texToMathml } from "./text/tex.ts";

interface Fence {
  readonly info: string;
  readonly content: string;
}
type Rule = (tokens: Fence[], at: number, ...rest: unknown[]) => string;
interface MarkdownIt {
  readonly renderer: { readonly rules: Record<string, Rule | undefined> };
}

/** typedoc calls this. */
export function load(app: Application): void {
  app.on("bootstrapEnd", () => app.options.setValue("markdownItLoader", withFormulas));
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_: unknown, document: DocumentReflection) => {
    nameAsOnTheRoad(document);
    leaveExplorerLinks(document);
  });
}

/** Blocks of TeX become MathML. */
function withFormulas(parser: unknown): void {
  const { rules } = (parser as MarkdownIt).renderer;
  const usual = rules.fence;
  rules.fence = (tokens, at, ...rest) =>
    tokens[at].info.trim() === "math"
      ? `<p>${texToMathml(tokens[at].content)}</p>\n`
      : (usual?.(tokens, at, ...rest) ?? "");
}

function nameAsOnTheRoad(document: DocumentReflection): void {
  const page = ROAD.findIndex(({ file }) => file === `${document.name}.md`);
  if (page >= 0) document.name = `${page} · ${ROAD[page].title}`;
  else if (document.name === "glossary") document.name = "Glossary";
}

/** They lead to a page, not to a file that would be copied. */
function leaveExplorerLinks({ content }: DocumentReflection): void {
  content.forEach((part, i) => {
    if (part.kind === "relative-link" && part.text.startsWith("../explorer/#")) {
      content[i] = { kind: "text", text: part.text };
    }
  });
}
