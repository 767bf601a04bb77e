import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { displayed, htmlTable, textTable } from "../../../src/interp/display/display.ts";

const table = {
  caption: "a < b",
  head: ["token", "p"],
  align: "lr",
  rows: [
    ["<bos>", "1"],
    ['"x"', "0.25"],
  ],
  note: "that's all & more",
};

describe("a table", () => {
  it("is aligned as text", () => {
    expect(textTable(table)).toBe(
      'a < b\n  token     p\n  <bos>     1\n  "x"    0.25\nthat\'s all & more',
    );
  });

  it("is escaped as HTML, in which every cell has its headers", () => {
    const html = htmlTable(table);
    expect(html).toContain('<th scope="row" style="text-align:left">&lt;bos&gt;</th>');
    expect(html).toContain('<th scope="col" style="text-align:right">p</th>');
    expect(html).toContain(">&quot;x&quot;<");
    expect(html).toContain("<p>that's all &amp; more</p>");
    expect(html).not.toContain("<bos>");
  });
});

it("an object that shows itself stays what it is", () => {
  const value = { a: 1 };
  const shown = displayed(value, ({ a }) => ({ ...table, caption: `a is ${a}` }));
  expect(shown).toBe(value);
  expect(inspect(shown)).toMatch(/^a is 1\n/);
  expect(JSON.stringify(shown)).toBe('{"a":1}');
  expect(Reflect.ownKeys({ ...shown })).toEqual(["a"]);
});
