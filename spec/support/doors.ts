/**
 * What can be called from outside: read from the doors (every index.ts of src/) and the files they name. The source is
 * formatted, so that its lines are enough; a compiler would take a second to load.
 */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));
const read = (file: string) => readFileSync(`${SRC}/${file}`, "utf8");

/** The names that the doors export, types too, by the file that each comes from. */
function exported(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>([["backend/cpu/cpu.ts", new Set(["cpuBackend"])]]);
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" });
  for (const door of files.filter((file) => posix.basename(file) === "index.ts")) {
    for (const [, list, from] of read(door).matchAll(
      /^export (?:type )?\{([^}]*)\} from "(.*)";/gm,
    )) {
      const file = posix.join(posix.dirname(door), from);
      const names = list.split(",").map((name) => name.replace("type ", "").trim());
      found.set(file, new Set([...(found.get(file) ?? []), ...names.filter(Boolean)]));
    }
  }
  return found;
}

/** What stands in the parentheses that begin at or after `begin`. */
function parameters(text: string, begin: number): string {
  const open = text.indexOf("(", begin);
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return text.slice(open + 1, at);
  }
  throw new Error("parentheses do not close");
}

/** Whether a parameter is an object of options: by the name of its type, or as its type is written out there. */
function takesOptions(list: string): boolean {
  return /(?<!Error)Options\b|Visitor\b|: \{/.test(list);
}

/** Every public function and method that takes options: `generation/generate.ts generate`. */
export function callsWithOptions(): string[] {
  const calls: string[] = [];
  for (const [file, names] of exported()) {
    const text = read(file);
    for (const found of text.matchAll(/^export (?:async )?function\*? ?(\w+)/gm)) {
      const [head, name] = found;
      if (!names.has(name) || !takesOptions(parameters(text, found.index + head.length))) continue;
      calls.push(`${file} ${name}`);
    }
    for (const [, name, body] of text.matchAll(
      /^export (?:class|interface) (\w+)[^\n]*\{\n([\s\S]*?)^\}/gm,
    )) {
      if (!names.has(name)) continue;
      for (const found of body.matchAll(/^ {2}(?:static )?(?:async )?(\w+)\??(?:<[^\n(]*>)?\(/gm)) {
        const list = parameters(body, found.index);
        if (takesOptions(list)) calls.push(`${file} ${name}.${found[1]}`);
      }
    }
  }
  return [...new Set(calls)].sort();
}
