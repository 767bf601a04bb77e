/** The rooms of src/, and which way one may look: the table in docs/architecture.md, held against the code. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Everybody may look at these; they look at nothing but each other. */
const GROUND =
  "brief.ts check.ts errors.ts event-loop.ts option-hints.ts options.ts progress.ts random.ts signals.ts table.ts warning.ts ways-out.ts".split(
    " ",
  );

interface Room {
  /** Folders, and single files. The first is its name. */
  readonly places: readonly string[];
  /** Names of the rooms that it looks at. */
  readonly looksAt: readonly string[];
}

const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/** The rows of the table, upwards: a room may only look at those before it. */
const rooms: readonly Room[] = readFileSync(root("docs/architecture.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|"))
  .map(([, room, , looksAt]) => ({ places: quoted(room), looksAt: quoted(looksAt) }));

/** The name of the room of a file: that with the longest place it lies in. */
function roomOf(file: string): string {
  if (GROUND.includes(file)) return "ground";
  let [found, length] = ["", 0];
  for (const { places } of rooms) {
    for (const place of places) {
      const isInside = file === place || posix.dirname(file) === place;
      if (isInside && place.length > length) [found, length] = [places[0], place.length];
    }
  }
  return found;
}

interface Import {
  readonly from: string;
  /** A file of src/, or a package. */
  readonly to: string;
  readonly isStatic: boolean;
}

const files = readdirSync(root("src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);
const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(root(`src/${from}`), "utf8");
  const found = (pattern: RegExp, isStatic: boolean) =>
    [...text.matchAll(pattern)].map(([, specifier]) => ({
      from,
      to: specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier,
      isStatic,
    }));
  return [
    ...found(/^(?:import|export|\}) [^;]*?from "([^"]+)";/gm, true),
    ...found(/^import "([^"]+)";/gm, true),
    ...found(/\bimport\("([^"]+)"\)/g, false),
  ];
});
const isDoor = (file: string) => posix.basename(file) === "index.ts";
const isOurs = ({ to }: Import) => to.endsWith(".ts");

/** Circles of the graph, each as the nodes along it. */
function circles(edges: readonly (readonly [string, string])[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string) => {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(" → "));
    if (path.includes(node) || done.has(node)) return;
    path.push(node);
    for (const other of next.get(node) ?? []) visit(other);
    path.pop();
    done.add(node);
  };
  for (const node of next.keys()) visit(node);
  return found;
}

describe("the table of rooms", () => {
  it("is found, and imports are", () => {
    expect(rooms.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(500);
  });

  it("has a room for every file, and a file for every place", () => {
    const homeless = files.filter((file) => !isDoor(file) && roomOf(file) === "");
    expect(homeless).toEqual([]);
    const places = rooms.flatMap((room) => room.places);
    const isThere = (place: string) => files.some((f) => f === place || posix.dirname(f) === place);
    expect([...places, ...GROUND].filter((place) => !isThere(place))).toEqual([]);
  });

  it("has rooms look at rows before them only", () => {
    const upwards = rooms.flatMap(({ places, looksAt }, row) =>
      looksAt
        .filter((other) => rooms.findIndex((room) => room.places[0] === other) >= row)
        .map((other) => `${places[0]} → ${other}`),
    );
    expect(upwards).toEqual([]);
    const known = rooms.map((room) => room.places[0]);
    expect(rooms.flatMap((room) => room.looksAt).filter((other) => !known.includes(other))).toEqual(
      [],
    );
  });
});

describe("imports", () => {
  const between = imports
    .filter((found) => isOurs(found) && !isDoor(found.from))
    .map(({ from, to }) => ({ from, to, here: roomOf(from), there: roomOf(to) }))
    .filter(({ here, there }) => here !== there);

  it("go where the table says", () => {
    const astray = between.filter(({ here, there }) => {
      if (there === "ground" || here === "cli/commands") return false;
      return !rooms.find(({ places }) => places[0] === here)?.looksAt.includes(there);
    });
    expect(astray).toEqual([]);
  });

  it("make use of all that the table allows", () => {
    const unused = rooms.flatMap(({ places: [here], looksAt }) =>
      looksAt
        .filter((there) => !between.some((found) => found.here === here && found.there === there))
        .map((there) => `${here} → ${there}`),
    );
    expect(unused).toEqual([]);
  });

  it("form no circle of files or rooms", () => {
    expect(circles([...imports.filter(isOurs)].map(({ from, to }) => [from, to]))).toEqual([]);
    expect(circles(between.map(({ here, there }) => [here, there]))).toEqual([]);
  });

  it("would be found in a circle", () => {
    expect(
      circles([
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
        ["c", "d"],
      ]),
    ).toEqual(["a → b → c → a"]);
  });

  it("of a door stay in its folder, but for the package root", () => {
    const outside = imports.filter(
      ({ from, to }) =>
        isDoor(from) && from !== "index.ts" && !to.startsWith(`${posix.dirname(from)}/`),
    );
    expect(outside).toEqual([]);
    expect(imports.filter(({ to }) => isDoor(to))).toEqual([]);
  });

  it("bring in no package but ndarray, fflate and hashes, and others where a template, YAML or a proxy is", () => {
    const foreign = imports.filter((found) => !isOurs(found) && !found.to.startsWith("node:"));
    const inEvaluation: Readonly<Record<string, string>> = {
      "evaluation/template/template.ts": "@huggingface/jinja",
      "evaluation/lm-eval/from-lm-eval.ts": "yaml",
    };
    const always = foreign
      .filter(({ isStatic, from, to }) => isStatic && inEvaluation[from] !== to)
      .map(({ to }) => to);
    expect([...new Set(always)].sort()).toEqual([
      "@noble/hashes/sha2.js",
      "@noble/hashes/utils.js",
      "fflate",
      "ndarray",
    ]);
    const later = foreign.filter(({ isStatic }) => !isStatic);
    expect(later.sort((a, b) => (a.from < b.from ? -1 : 1))).toEqual([
      {
        from: "checkpoint/beside/chat-template.ts",
        to: "@huggingface/jinja",
        isStatic: false,
      },
      { from: "node/proxy.ts", to: "undici", isStatic: false },
    ]);
  });

  it("reach nothing of Node from the package root, but when asked to open a path", () => {
    const reached = new Set<string>(["index.ts"]);
    for (const file of reached) {
      for (const found of imports) {
        if (found.from === file && found.isStatic) reached.add(found.to);
      }
    }
    expect(reached.size).toBeGreaterThan(40);
    expect([...reached].filter((name) => /^(node:|node\/|cli\/)/.test(name))).toEqual([]);
  });
});
