/**
 * What holds of every panel of the explorer: it fits, axe finds nothing, one gets there by a letter, by a tile and by a link.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import { LETTERS, PANEL_NAMES } from "../../../docs/explorer/src/panels/names.ts";
import { codeIn, compressed, openSite } from "./site.ts";

const site = openSite();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Everything that axe knows. One rule wants the text that is seen of an option in its name: a tokenizer's tree is a
 * picture, and a row of a table is not understood without its heads; their names say what they show.
 */
const AXE_RUN = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => [
    id,
    nodes.filter((n) => id !== "label-content-name-mismatch" || !document.querySelector(n.target[0])?.matches(":has(> svg, > .way-row)"))
      .map((n) => n.html),
  ]).filter(([, nodes]) => nodes.length > 0))`;

/** Links that show what else there is than the panels as they open. */
const OTHERS = [
  ...["", "panel=panels", "panel=attention&view=all", "panel=attention&view=mha&cell=z5"],
  "panel=learning&view=rewards",
];
const LINKS = [...OTHERS, ...PANEL_NAMES.map((name) => `panel=${name}`)];

/** A text of 120 tokens, and one of characters that are cut into bytes. */
const LONG = `${"Once upon a time, there was a fox named Mira. ".repeat(9)}Mira`;
const EMOJI = "Mira saw a 🦊 in the café.";

/** Where a picture of a link is kept, for people to look at. */
const picture = (link: string, width: number, look: string) =>
  `test-results/explorer/${link.replaceAll(/[^\w]+/g, "-") || "stream"}-${width}-${look}.png`;

/** Goes to a link, and waits until its numbers are there. */
async function at(page: Page, link: string): Promise<void> {
  await page.goto(`${site.url}#${link}`);
  await page.locator(link.includes("panel=") ? "main .panel, main .tiles" : ".stream").waitFor();
  await page.locator("main .wait").waitFor({ state: "detached" });
  await page.locator("main:not(.computing)").waitFor();
}

// Each test goes through all panels: half a minute on two quiet cores.
describe("every panel", { timeout: 300_000 }, () => {
  it("fits windows of a screen, a tablet and a phone, whatever the text", async () => {
    const page = await site.ready();
    const wide: string[] = [];
    for (const text of [undefined, LONG, EMOJI]) {
      for (const link of LINKS) {
        await at(page, text ? `p=${encodeURIComponent(text)}&${link}` : link);
        for (const width of [1440, 1024, 768, 390, 320]) {
          await page.setViewportSize({ width, height: 844 });
          // Canvases follow their boxes a frame later.
          await page.evaluate("new Promise((r) => requestAnimationFrame(() => setTimeout(r)))");
          const actual = await page.evaluate("document.documentElement.scrollWidth");
          if (Number(actual) > width) wide.push(`${text ?? ""} ${link} at ${width}: ${actual}`);
        }
      }
    }
    await page.close();
    expect(wide).toEqual([]);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1440, 390]) {
      it(`has nothing that axe complains of, ${colorScheme}, ${width} wide; its pictures are kept`, async () => {
        const page = await site.ready("", {
          colorScheme,
          viewport: { width, height: 900 },
          reducedMotion: "reduce", // what fades has less contrast
        });
        await page.evaluate(AXE);
        const found: string[] = [];
        for (const link of [...LINKS, "tour=6&panel=attention"]) {
          await at(page, link);
          await page.screenshot({ path: picture(link, width, colorScheme) });
          const violations = (await page.evaluate(AXE_RUN)) as [string, string[]][];
          for (const [id, nodes] of violations) found.push(`${link}: ${id} ${nodes.join(" ")}`);
        }
        await page.close();
        expect(found).toEqual([]);
      });
    }
  }

  it("is opened by its letter, its tile and its link, and closed by Esc", async () => {
    const { page } = site;
    for (const name of PANEL_NAMES) {
      await site.visit();
      await page.locator(".stream").waitFor();
      await page.locator("h1").click();
      await page.keyboard.press(LETTERS[name]);
      await page.locator(`.panel.${name}`).waitFor();
      await page.keyboard.press("Escape");
      await page.locator(`[data-panel=${name}]`).click();
      await page.locator(`.panel.${name}`).waitFor();
      expect(new URL(page.url()).hash).toContain(`panel=${name}`);
    }
  });

  it("is there in 300 KB of code, compressed; what learns is fetched by those that let it", () => {
    const { folder, fetched } = site;
    const code = codeIn(folder).filter((file) => fetched.has(file));
    // Of these, 2 KB are the answers that are rewarded.
    const learns = codeIn(folder).filter((file) =>
      /^assets\/(learn|trainable|rewards)-/.test(file),
    );
    expect(code.length).toBeGreaterThan(8);
    expect(learns).toHaveLength(4);
    expect(compressed(folder, learns)).toBeLessThan(34);
    expect(
      compressed(
        folder,
        code.filter((file) => !learns.includes(file)),
      ),
    ).toBeLessThan(300);
  });

  it("complained of nothing, and asked nobody else for anything", () => {
    expect(site.complaints).toEqual([]);
  });
});
