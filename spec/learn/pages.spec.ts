/** The road for learners (docs/learn), docs/report.md and docs/judge.md: pages are what the script would write, whole, and link to what is there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { WIDTH } from "../../docs/learn/build/draw/picture.ts";
import { JUDGE_PAGE } from "../../docs/learn/build/judge/page.ts";
import { PAGES } from "../../docs/learn/build/pages/pages.ts";
import { everyFile, openExample, pathOf } from "../../docs/learn/build/pages.ts";
import { REPORT_PAGE } from "../../docs/learn/build/report/page.ts";
import { ROAD, WORDS } from "../../docs/learn/build/road.ts";
import {
  anchorOf,
  explorerFaults,
  formFaults,
  linksOf,
  wordFaults,
} from "../../docs/learn/build/text/form.ts";
import { all, type Element, parseXml, textOf } from "../support/xml.ts";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(root(path), "utf8");
const GLOSSARY = "docs/learn/glossary.md";
const pages = PAGES.map(({ page }) => [pathOf(page), page] as const);

describe("the script", () => {
  let files: Map<string, string>;
  beforeAll(async () => {
    files = await everyFile(await openExample());
  }, 60_000); // 3 s on a machine that does nothing else

  it("would write the pages and pictures as they are: if not, run `npm run learn`", () => {
    const stale = [...files].filter(([path, content]) => {
      return !existsSync(root(path)) || read(path) !== content;
    });
    expect(stale.map(([path]) => path)).toEqual([]);
  });

  it("writes every page and picture that is there", () => {
    const there = [
      ...readdirSync(root("docs/learn")).map((file) => `docs/learn/${file}`),
      ...readdirSync(root("docs/pictures/learn")).map((file) => `docs/pictures/learn/${file}`),
      REPORT_PAGE,
      JUDGE_PAGE,
    ].filter((file) => /\.(md|svg)$/.test(file));
    expect(there.sort()).toEqual([...files.keys()].sort());
  });

  it("draws pictures of at most 25 kB that have a title and hold their text", () => {
    const pictures = [...files].filter(([path]) => path.endsWith(".svg"));
    expect(pictures.length).toBeGreaterThan(3);
    const faults = pictures.flatMap(([path, svg]) => {
      const picture = parseXml(svg);
      const small = svg
        .match(/font(?:-size)?:\s*(\d+)px/g)
        ?.filter((size) => /\D([0-9]|10)px/.test(size));
      return [
        ...(svg.length > 25_000 ? [`${svg.length} bytes`] : []),
        ...(textOf(all(picture, "title")[0]).length > 20 ? [] : ["no title"]),
        ...(Number(picture.attributes.width) > WIDTH ? ["wider than a page"] : []),
        ...(svg.includes("prefers-color-scheme:dark") ? [] : ["not for the dark"]),
        ...(svg.includes('class="ring"') || svg.includes('class="arrow"')
          ? []
          : ["nothing to notice"]),
        ...(small ?? []).map((size) => `${size}: less than 11 px`),
        ...all(picture, "text")
          .filter(isOutside(picture))
          .map((text) => `cut off: ${textOf(text)}`),
      ].map((fault) => `${path}: ${fault}`);
    });
    expect(faults).toEqual([]);
  });
});

/** Pixels a letter, as wide as fonts of systems have them: 11 pixels high, 12, and in bold. */
const LETTER = { small: 6.3, usual: 6.5, mono: 6.7, bold: 7.2 };

function letterOf(text: Element): number {
  const { class: names = "" } = text.attributes;
  if (names.includes("mono")) return LETTER.mono;
  if (/bold|notice/.test(names)) return LETTER.bold;
  return names.includes("small") ? LETTER.small : LETTER.usual;
}

/** Whether a text leaves the picture. */
const isOutside = (picture: Element) => (text: Element) => {
  const wide = textOf(text).length * letterOf(text);
  const share = { middle: 0.5, end: 1 }[text.attributes["text-anchor"] ?? ""] ?? 0;
  const from = Number(text.attributes.x) - share * wide;
  return from < 0 || from + wide > Number(picture.attributes.width);
};

describe.each(pages)("%s", (path, page) => {
  const text = read(path);

  it("has every part of a page", () => {
    expect(formFaults(page, text)).toEqual([]);
  });

  it("uses words of the glossary from the page on that introduces them", () => {
    expect(wordFaults(page, text)).toEqual([]);
  });
});

describe("links", () => {
  it.each([...pages.map(([path]) => path), GLOSSARY, REPORT_PAGE, JUDGE_PAGE])(
    "of %s lead somewhere",
    (path) => {
      const dead = linksOf(read(path)).flatMap((link) => {
        if (/^(\.\.\/)?explorer\/#/.test(link))
          return explorerFaults(link).map((fault) => `${link}: ${fault}`);
        const [file, anchor] = link.split("#");
        const target = posix.join(posix.dirname(path), file);
        if (!existsSync(root(target))) return [link];
        if (anchor === undefined) return [];
        const anchors = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, name]) => anchorOf(name));
        return anchors.includes(anchor) ? [] : [link];
      });
      expect(dead).toEqual([]);
    },
  );
});

describe("the glossary", () => {
  it("has the words of the road in their order, each with its page", () => {
    const entries = read(GLOSSARY).split(/^## /m).slice(1);
    const found = entries.map((entry) => {
      const [, page] = /_Since <!--=page-(\d+)-->/.exec(entry) ?? [];
      return `${entry.split("\n")[0]} (${page})`;
    });
    expect(found).toEqual(WORDS.map(({ word, page }) => `${word} (${page})`));
    const order = WORDS.map(({ page }) => page);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(Math.max(...order)).toBeLessThan(ROAD.length);
  });
});
