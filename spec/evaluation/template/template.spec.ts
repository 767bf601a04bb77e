/** Templates, against Jinja2 with the harness's settings. */
import { describe, expect, it } from "vitest";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { template } from "../../../src/evaluation/template/template.ts";
import { readJson } from "../../support/goldens.ts";
import { thrownBy } from "../../support/thrown-by.ts";

const { templates } = readJson<{
  readonly templates: readonly {
    template: string;
    fields: Record<string, unknown>;
    value?: string;
    error?: string;
  }[];
}>("evaluation/task-texts.json");

describe("a template", () => {
  it.each(templates)(
    "writes what Jinja2 writes: $template",
    ({ template: source, fields, ...golden }) => {
      if (golden.error) expect(thrownBy(() => template(source)(fields))).toBeInstanceOf(Error);
      else expect(template(source)(fields)).toBe(golden.value);
    },
  );

  it("names what the document has not", () => {
    const error = thrownBy(() => template("Q: {{question}}")({ text: "a" }));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain("Q: {{question}}");
    expect(error.message).toContain("(text), got question is not there");
  });

  it.each([
    ["{{x|pprint}}", "the filter pprint"],
    ["{{x.center(5)}}", "the function or method center"],
    ["{{x is divisibleby}}", "the test divisibleby"],
    ["{% macro m() %}{% endmacro %}", "a Macro"],
    ["{{ 4 / 2 }}", "the operator /"],
    ["{{ x[::2] }}", "a slice with steps"],
  ])("names what it does not do: %s", (source, name) => {
    const error = thrownBy(() => template(source)({ x: "a" }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(name);
  });

  it("is refused where it would fill the memory", () => {
    for (const source of ["{{ range(10**9)|length }}", "{{ 'a' * 10**9 }}"]) {
      expect(thrownBy(() => template(source)({}))).toBeInstanceOf(ArgumentError);
    }
  });
});
