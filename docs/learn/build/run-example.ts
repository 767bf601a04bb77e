/**
 * Runs an example of a page, and keeps what it prints. Its imports of the package are replaced by the source, so that it
 * needs no build; anything else that it would import is an error.
 * @module
 */
import { inspect } from "node:util";
import * as root from "../../../src/index.ts";
import * as judge from "../../../src/judge/index.ts";
import * as node from "../../../src/node/index.ts";
import * as report from "../../../src/report/index.ts";

const PACKAGE: Readonly<Record<string, unknown>> = {
  "gemma-reference": root,
  "gemma-reference/judge": judge,
  "gemma-reference/node": node,
  "gemma-reference/report": report,
};

/** What `code`, an ES module, prints with console.log. */
export async function outputOf(code: string): Promise<string> {
  const body = code.replace(
    /^import (\{[^}]*\}) from "(.*)";$/gm,
    (_, names: string, from: string) => {
      if (!(from in PACKAGE)) throw new Error(`an example imports ${from}`);
      return `const ${names} = modules[${JSON.stringify(from)}];`;
    },
  );
  const lines: string[] = [];
  const print = { log: (...values: unknown[]) => lines.push(values.map(shown).join(" ")) };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  await new AsyncFunction("modules", "console", body)(PACKAGE, print);
  return lines.join("\n");
}

/** As Node prints it. */
const shown = (value: unknown) => (typeof value === "string" ? value : inspect(value));
