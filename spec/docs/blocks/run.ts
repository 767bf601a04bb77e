/**
 * Runs the blocks of a document as its readers would: in order, each in the scope of those before it, so that it may use
 * or redeclare their names. The package's imports lead to the source.
 */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { transform } from "esbuild";
import { Gemma } from "../../../src/gemma.ts";
import { type Block, root } from "./markdown.ts";
import { assertShows } from "./shows.ts";

const EXPORTS: Readonly<Record<string, { readonly default: string }>> = JSON.parse(
  readFileSync(root("package.json"), "utf8"),
).exports;

/** A module that a block imports. A model that it loads is in `loaded`, so that it can be freed. */
async function moduleOf(specifier: string, loaded: Gemma[]): Promise<unknown> {
  if (specifier.startsWith("node:")) return import(/* @vite-ignore */ specifier);
  const target = EXPORTS[specifier.replace(/^gemma-reference/, ".")]?.default;
  if (!target) throw new Error(`nothing is exported as ${specifier}`);
  const path = target.replace("./dist", "src").replace(/\.js$/, ".ts");
  const found = await import(/* @vite-ignore */ root(path));
  return specifier === "gemma-reference" ? { ...found, Gemma: keeping(loaded) } : found;
}

/** `Gemma`, of which each model that is loaded goes to `loaded`. */
const keeping = (loaded: Gemma[]) =>
  new Proxy(Gemma, {
    get(target, name) {
      if (name !== "load") return Reflect.get(target, name);
      return async (...args: Parameters<typeof Gemma.load>) => {
        const gemma = await Gemma.load(...args);
        loaded.push(gemma);
        return gemma;
      };
    },
  });

/** A comment with a value that nobody checks. */
const UNCHECKED = /^\s*(?!await\b|for\b)[^=]*;\s*\/\/ (?:-?\d|"|\[)/;

const SHOWN = /^(\s*)(?:(const|let) (\w+|[[{][^=]*[\]}]) = )?(.+);\s*\/\/ → (.*)$/;

/** A line with `// → value` compares. */
function comparing(line: string, at: string): string {
  if (UNCHECKED.test(line)) throw new Error(`${at}: write // → before the value: ${line.trim()}`);
  const [found, space, kind, name, expression, comment] = SHOWN.exec(line) ?? [];
  if (!found) return line;
  const args = [at, found.trim()].map((text) => JSON.stringify(text)).join(", ");
  const shows = (value: string) =>
    `${space}$.shows(${args}, ${value}, ${JSON.stringify(comment)});`;
  const printed = /^console\.log\((.*)\)$/.exec(expression);
  if (kind) return `${space}${kind} ${name} = ${expression}; ${shows(name.replace(/^\[.*/, name))}`;
  return shows(printed ? printed[1] : expression);
}

/** A block as statements of a function. */
function statements({ code, at }: Block, paths: Given["paths"] = {}): string {
  return Object.entries(paths)
    .reduce((text, [path, other]) => text.replaceAll(`"${path}"`, JSON.stringify(other)), code)
    .replace(/^import type [^;]*;/gm, "")
    .replace(/^import (\{[^}]*\}) from "([^"]+)";/gm, (_, names: string, from: string) => {
      const renamed = names.replace(/\btype \w+,?/g, "").replace(/(\w+) as (\w+)/g, "$1: $2");
      return `const ${renamed} = await $.module(${JSON.stringify(from)});`;
    })
    .split("\n")
    .map((line) => comparing(line, at))
    .join("\n");
}

/** What a document takes for granted. */
export interface Given {
  /** Names of its reader's program, or of its page. */
  readonly names?: Readonly<Record<string, unknown>>;
  /** What stands for paths in its blocks: `"./gemma-2b-it"`. */
  readonly paths?: Readonly<Record<string, string>>;
}

/** What each block printed, by its `at`. @throws what a block throws, with where it stands. */
export async function runBlocks(
  blocks: readonly Block[],
  given: Given = {},
): Promise<ReadonlyMap<string, string>> {
  const nested = blocks.reduceRight(
    (inner, block) =>
      `{ $.at = ${JSON.stringify(block.at)};\n${statements(block, given.paths)}\n${inner} }`,
    "",
  );
  const { code } = await transform(`(async () => ${nested})`, { loader: "ts", target: "es2023" });
  const printed = new Map<string, string>();
  const loaded: Gemma[] = [];
  const module = (specifier: string) => moduleOf(specifier, loaded);
  const $ = { at: "", module, shows: assertShows };
  const print = (text: string) => printed.set($.at, (printed.get($.at) ?? "") + text);
  const console = {
    log: (...values: unknown[]) =>
      print(`${values.map((x) => (typeof x === "string" ? x : inspect(x))).join(" ")}\n`),
  };
  const names = { $, console, process: { stdout: { write: print } }, ...given.names };
  try {
    await new Function(...Object.keys(names), `return ${code.trim().replace(/;$/, "")}();`)(
      ...Object.values(names),
    );
  } catch (error) {
    throw new Error(`${$.at}: ${(error as Error).message}`, { cause: error });
  } finally {
    for (const gemma of loaded) await gemma.dispose();
  }
  return printed;
}
