/** The rooms of src/, and which way one may look: docs/architecture.md. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** What each room may import, besides itself, `errors.ts`, `config.ts` and `progress.ts`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "brief.ts": [],
  "errors.ts": [],
  "config.ts": [],
  "progress.ts": [],
  tensor: [],
  nn: ["tensor"],
  "backend/*": ["tensor"],
  "backend/cpu": ["backend/*", "nn", "tensor"],
  model: ["backend/*", "nn", "tensor"],
  tokenizer: ["tensor"],
  checkpoint: ["tokenizer", "tensor"],
  generation: ["model", "tokenizer", "backend/*", "tensor"],
  conformance: ["model", "backend/*", "backend/cpu", "nn", "tokenizer", "checkpoint", "tensor"],
  node: ["checkpoint", "tensor"],
};
/** The facade and the terminal see everything. */
const SEES_ALL = ["gemma.ts", "index.ts", "cli"];

function room(file: string): string {
  const [first, second, third] = file.split("/");
  if (first !== "backend") return first;
  return third === undefined ? "backend/*" : `backend/${second}`;
}

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly isStatic: boolean;
}

const imports: Import[] = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    const specifiers = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]);
    return [
      ...specifiers(/^(?:import|export|\}) [^;]*?from "([^"]+)";/gm).map((s) => [s, true] as const),
      ...specifiers(/^import "([^"]+)";/gm).map((s) => [s, true] as const),
      ...specifiers(/\bimport\("([^"]+)"\)/g).map((s) => [s, false] as const),
    ].map(([specifier, isStatic]) => ({ from: file, specifier, isStatic }));
  });

const target = ({ from, specifier }: Import) =>
  specifier.startsWith(".") ? relative(SRC, join(SRC, dirname(from), specifier)) : specifier;

describe("imports", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  it("point downwards", () => {
    const upwards = imports.filter((found) => {
      const [here, there] = [room(found.from), room(target(found))];
      if (!found.specifier.startsWith(".") || SEES_ALL.includes(here) || here === there)
        return false;
      return ![
        "brief.ts",
        "errors.ts",
        "config.ts",
        "progress.ts",
        ...(MAY_IMPORT[here] ?? []),
      ].includes(there);
    });
    expect(upwards).toEqual([]);
  });

  it("reach no concrete backend but from the facade, conformance and the terminal", () => {
    const concrete = imports.filter(
      (found) =>
        room(target(found)) === "backend/cpu" &&
        !["backend/cpu", "conformance", ...SEES_ALL].includes(room(found.from)),
    );
    expect(concrete).toEqual([]);
  });

  it("bring in no package but ndarray and fflate", () => {
    const packages = imports.map(target).filter((name) => !/^node:|\.ts$/.test(name));
    expect([...new Set(packages)].sort()).toEqual(["fflate", "ndarray"]);
  });

  it("reach nothing of Node from the package root, but when asked to open a path", () => {
    const reached = new Set<string>(["index.ts"]);
    for (const file of reached) {
      for (const found of imports) {
        if (found.from === file && found.isStatic) reached.add(target(found));
      }
    }
    expect(reached.size).toBeGreaterThan(40);
    expect([...reached].filter((name) => name.startsWith("node:"))).toEqual([]);
    const rooms = new Set([...reached].map(room));
    expect([...rooms].filter((name) => ["node", "cli"].includes(name))).toEqual([]);
  });
});
