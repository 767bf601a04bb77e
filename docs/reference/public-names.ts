/**
 * What the package shows: the names that its doors (`exports` of package.json) give out, and where each is declared.
 * @module
 */
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

const EXPORT = /^export (?:type )?(?:(\*)|\{([^}]*)\}) from "([^"]+)";/gm;
const OWN = /^export (?:abstract )?(?:class|const|function|async function|interface|type) (\w+)/gm;

/** `src/nn/rope.ts#applyRope` of each. */
export function publicNames(): ReadonlySet<string> {
  const { exports } = JSON.parse(read("package.json")) as {
    exports: Record<string, { types?: string }>;
  };
  const names = new Set<string>();
  for (const { types } of Object.values(exports)) {
    const door = types?.replace("./dist", "src").replace(/\.d\.ts$/, ".ts");
    if (door) addNames(door, names);
  }
  return names;
}

function addNames(file: string, names: Set<string>): void {
  const { own, given } = exportsOf(file);
  for (const name of own) names.add(`${file}#${name}`);
  for (const [from, name] of given) {
    if (name === "*") addNames(from, names);
    else names.add(`${declaring(from, name)}#${name}`);
  }
}

/** The file that declares `name`, which `file` exports, or hands on. */
function declaring(file: string, name: string): string {
  const handed = exportsOf(file).given.find(([, other]) => other === name);
  return handed ? declaring(handed[0], name) : file;
}

/** What a file declares, and what it hands on: from which file, and the name there. */
function exportsOf(file: string): { own: string[]; given: [from: string, name: string][] } {
  const text = read(file);
  const given = [...text.matchAll(EXPORT)].flatMap(([, star, list, from]) => {
    const other = posix.join(posix.dirname(file), from);
    const names = (list ?? "").split(",").map((one) => one.trim().replace(/^type /, ""));
    const all = star ? ["*"] : names.filter((name) => name !== "");
    return all.map((name): [string, string] => [other, name.split(" as ")[0]]);
  });
  return { own: [...text.matchAll(OWN)].map(([, name]) => name), given };
}
