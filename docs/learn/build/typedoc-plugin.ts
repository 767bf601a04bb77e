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
  const [folder, file] = document.name.split("/");
  if (folder !== "learn") return;
  const page = ROAD.findIndex((of) => of.file === `${file}.md`);
  document.name = page < 0 ? "Glossary" : `${page} ${ROAD[page].title}`;
}

/** What typedoc would copy into the site, by number. */
interface Media {
  readonly mediaToPath: Map<number, string>;
  readonly pathToMedia: Map<string, number>;
}

/** They lead to a page of the site, not to a file that would be copied into it. */
function leaveExplorerLinks({ content, project }: DocumentReflection): void {
  const { mediaToPath, pathToMedia } = project.files as unknown as Media;
  content.forEach((part, i) => {
    if (part.kind !== "relative-link" || !/^(\.\.\/)?explorer\/#/.test(part.text)) return;
    content[i] = { kind: "text", text: part.text.replace(/^(\.\.\/)?/, "../") };
    const path = mediaToPath.get(part.target as number);
    if (path !== undefined) pathToMedia.delete(path);
    mediaToPath.delete(part.target as number);
  });
}
