/** What documents and comments name is there: a file that is renamed takes its name along. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const under = (folder: string, ending: RegExp) =>
  readdirSync(root(folder), { recursive: true, encoding: "utf8" })
    .filter((file) => ending.test(file) && !/node_modules|^api\//.test(file))
    .map((file) => `${folder}/${file}`);

const DOCUMENTS = [
  ...["README.md", "CONTRIBUTING.md", "fixtures/README.md"],
  ...under("docs", /\.md$/).filter((file) => !file.includes("/examples/")),
];
const SOURCES = [...under("src", /\.ts$/), ...under("spec", /\.ts$/), ...under("bench", /\.ts$/)];

/** Whether `name` is a file, seen from `from` or from one of the usual places. */
function isThere(name: string, from: string): boolean {
  const here = posix.dirname(from);
  const places = [here, posix.dirname(here), "", "src", "spec", "src/checkpoint", "src/backend"];
  return places.some((place) => existsSync(root(posix.join(place, name))));
}

describe("files that are named", () => {
  it.each(DOCUMENTS)("in %s exist", (document) => {
    const text = readFileSync(root(document), "utf8");
    const names = [...text.matchAll(/(?:`|\]\()(\w[\w./-]*\.(?:ts|mjs|sh|md))(?:`|\))/g)];
    expect(names.map(([, name]) => name).filter((name) => !isThere(name, document))).toEqual([]);
  });

  it.each(["docs/checkpoints.md", "docs/text.md", "docs/reliability.md"])(
    "as specs in %s exist",
    (document) => {
      const text = readFileSync(root(document), "utf8");
      const folders = readdirSync(root("spec"));
      const names = [...text.matchAll(/`(([a-z-]+)\/[a-z-/]+)`/g)].filter(([, , folder]) =>
        folders.includes(folder),
      );
      expect(names.length).toBeGreaterThan(5);
      const missing = names.filter(([, name]) => !existsSync(root(`spec/${name}.spec.ts`)));
      expect(missing.map(([, name]) => name)).toEqual([]);
    },
  );

  it("in comments exist", () => {
    const missing = SOURCES.flatMap((source) => {
      const comments =
        readFileSync(root(source), "utf8").match(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm) ?? [];
      const names = comments.flatMap(
        (line) => line.match(/(?<![\w./-])[\w-]+(?:\/[\w.-]+)*\.ts\b/g) ?? [],
      );
      return names.filter((name) => !isThere(name, source)).map((name) => `${source}: ${name}`);
    });
    expect(missing).toEqual([]);
  });
});
