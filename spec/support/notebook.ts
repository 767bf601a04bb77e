/**
 * Runs the cells of a notebook in Node, with the library's imports mapped to the source: what each prints and shows is
 * what Deno's kernel would put below it. Cells share their names, so they become one function; each ends in an expression
 * that is shown, or in a declaration.
 */
import { inspect } from "node:util";

/** What stands below a cell. */
export type Output =
  | { output_type: "stream"; name: "stdout"; text: string[] }
  | {
      output_type: "execute_result";
      execution_count: number;
      data: Readonly<Record<string, string[]>>;
      metadata: object;
    };

export interface Cell {
  cell_type: "code" | "markdown";
  id: string;
  metadata: object;
  source: string[];
  execution_count?: number | null;
  outputs?: Output[];
}

export interface Notebook {
  cells: Cell[];
  metadata: { kernelspec: { name: string } };
  nbformat: number;
  nbformat_minor: number;
}

/** Lines of text, each with its newline, as notebooks have them. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/**
 * The outputs of the code cells, in order.
 * @param modules by the name that cells import them by.
 */
export async function outputsOf(
  { cells }: Notebook,
  modules: Readonly<Record<string, object>>,
): Promise<Output[][]> {
  const outputs: Output[][] = [];
  const program = cells
    .filter(({ cell_type: type }) => type === "code")
    .map(({ source }, i) => `cell(${i});\n${shownLast(withoutImports(source.join(""), modules))}`)
    .join("\n");
  const cell = (i: number) => {
    outputs[i] = [];
  };
  const log = (...values: unknown[]) => {
    const text = values.map((x) => (typeof x === "string" ? x : inspect(x))).join(" ");
    const last = outputs.at(-1)?.at(-1);
    if (last?.output_type === "stream") last.text.push(...linesOf(`${text}\n`));
    else
      outputs.at(-1)?.push({ output_type: "stream", name: "stdout", text: linesOf(`${text}\n`) });
  };
  const show = (value: unknown) => {
    if (value === undefined) return;
    // biome-ignore lint/suspicious/noExplicitAny: a symbol that few objects have
    const display = (Object(value) as any)[Symbol.for("Jupyter.display")];
    const shown: Record<string, string> = display?.call(value) ?? { "text/plain": inspect(value) };
    const data = Object.entries(shown).map(([type, text]) => [type, linesOf(text)] as const);
    outputs.at(-1)?.push({
      output_type: "execute_result",
      execution_count: outputs.length,
      data: Object.fromEntries(data),
      metadata: {},
    });
  };
  const AsyncFunction = (async () => {}).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const run = new AsyncFunction("modules", "console", "cell", "show", program);
  await run(modules, { log }, cell, show);
  return outputs;
}

/** @throws if a cell imports what is not there. */
function withoutImports(code: string, modules: Readonly<Record<string, object>>): string {
  return code.replace(
    /^import (\{[^}]*\}) from "([^"]+)";$/gm,
    (_, names: string, from: string) => {
      if (!Object.hasOwn(modules, from)) throw new Error(`a cell imports ${from}`);
      return `const ${names.replace(/ as /g, ": ")} = modules[${JSON.stringify(from)}];`;
    },
  );
}

/** The code, whose last statement is shown if it is an expression: it begins where a line begins without a space. */
function shownLast(code: string): string {
  const at = code.trimEnd().search(/^(?![\s})\]])[^\n]*(\n[\s})\]][^\n]*)*$(?![\s\S])/m);
  const last = code.slice(at).trimEnd().replace(/;$/, "");
  if (/^(const|let|for|import|function|class)\b/.test(last)) return code;
  return `${code.slice(0, at)}show(await (${last}));`;
}
