/** The package has the documents, and what they link to: a link works where they are installed, too. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorOf } from "../../docs/learn/build/text/form.ts";
import { RUNS } from "../support/fuzz.ts";
import { root } from "./blocks/markdown.ts";

const { files: patterns } = JSON.parse(readFileSync(root("package.json"), "utf8")) as {
  files: string[];
};

/** npm packs these unasked. */
const ALWAYS = ["package.json", "README.md", "LICENSE"];

/** The files of an entry of `files`: a file, a folder with all that is in it, or `folder/*.md`. */
function filesOf(pattern: string): string[] {
  const [folder, name] = [posix.dirname(pattern), posix.basename(pattern)];
  if (name.startsWith("*")) {
    const here = readdirSync(root(folder));
    return here.filter((file) => file.endsWith(name.slice(1))).map((file) => `${folder}/${file}`);
  }
  if (!existsSync(root(pattern)) || statSync(root(pattern)).isFile()) return [pattern];
  return readdirSync(root(pattern), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => posix.relative(root("."), posix.join(entry.parentPath, entry.name)));
}

const packed = new Set([...ALWAYS, ...patterns.flatMap(filesOf)]);
const folders = new Set([...packed].map((file) => posix.dirname(file)));
const documents = [...packed].filter((file) => file.endsWith(".md")).sort();

/** What a document links to: relative ones, without those in code. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "``");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** What is wrong with a link. */
function faultOf(document: string, link: string): string | undefined {
  const [path, anchor] = link.split("#");
  const target = path === "" ? document : posix.join(posix.dirname(document), path);
  if (path.endsWith("/")) return folders.has(target.slice(0, -1)) ? undefined : link; // explorer/#p=…
  if (!packed.has(target)) return link;
  if (anchor === undefined || !target.endsWith(".md")) return undefined;
  const titles = readFileSync(root(target), "utf8").matchAll(/^#+ (.*)$/gm);
  return [...titles].some(([, title]) => anchorOf(title) === anchor) ? undefined : link;
}

describe("the package", () => {
  it("has files for every entry of `files`", () => {
    const built = patterns.filter((pattern) => pattern !== "dist");
    expect(built.filter((pattern) => filesOf(pattern).length === 0)).toEqual([]);
    expect([...packed].filter((file) => !/^dist\b/.test(file) && !existsSync(root(file)))).toEqual(
      [],
    );
  });

  it("has the documents and the sources that they show, but not how they are made", () => {
    expect(documents.length).toBeGreaterThan(20);
    for (const file of ["docs/learn/README.md", "docs/pictures/explorer.png", "src/index.ts"]) {
      expect(packed.has(file), file).toBe(true);
    }
    const made = [...packed].filter((file) =>
      /^docs\/(api|explorer\/(src|dist)|learn\/build)/.test(file),
    );
    expect(made).toEqual([]);
  });

  it("has less than 1 MB of documents", () => {
    const sizes = [...packed]
      .filter((file) => file.startsWith("docs/"))
      .map((file) => statSync(root(file)).size);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(1_000_000);
  });

  it.each(documents)("has what %s links to", (document) => {
    const links = linksOf(readFileSync(root(document), "utf8"));
    expect(links.map((link) => faultOf(document, link)).filter(Boolean)).toEqual([]);
  });

  it("would find a link that leads nowhere", () => {
    expect(linksOf("[a](b.md) `[c](d.md)` ![e](f.png) [g](https://h.i)")).toEqual([
      "b.md",
      "f.png",
    ]);
    expect(faultOf("README.md", "docs/text.md#bos")).toBeUndefined();
    expect(faultOf("README.md", "docs/text.md#nothing")).toBe("docs/text.md#nothing");
    expect(faultOf("docs/text.md", "../spec/docs.spec.ts")).toBe("../spec/docs.spec.ts");
    expect(faultOf("docs/learn/README.md", "../explorer/#p=a")).toBeUndefined();
  });

  it.runIf(RUNS > 500)(
    "is what npm packs (test:long)",
    () => {
      const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
      const json = execFileSync("npm", args, { cwd: root("."), encoding: "utf8" });
      const [{ files }] = JSON.parse(json) as [{ files: { path: string }[] }];
      const theirs = files.map(({ path }) => path).filter((path) => !path.startsWith("dist/"));
      expect(theirs.sort()).toEqual([...packed].filter((file) => !/^dist\b/.test(file)).sort());
    },
    120_000,
  );
});
