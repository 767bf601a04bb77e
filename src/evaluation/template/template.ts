/**
 * Templates: how a document becomes a prompt, in Jinja, as benchmarks of lm-evaluation-harness write them:
 *
 *     template("Question: {{question.strip()}}\nAnswer:")({ question: "Why? " }); // "Question: Why?\nAnswer:"
 *
 * The syntax is read by `@huggingface/jinja`. What it means is done here: that engine is for chat templates, and its values are
 * JavaScript's, where `capitalize()` leaves capitals alone, a list is written as JSON, and a name that is not there is an empty text.
 * Here all that is as in Python, with the harness's settings (`StrictUndefined`, `keep_trailing_newline`).
 * @module
 */
import { parse, tokenize } from "@huggingface/jinja";
import { refusals } from "../../errors.ts";
import { write } from "./evaluate.ts";
import type { Node } from "./node.ts";
import { TemplateProblem } from "./value.ts";

/** Fills in the fields of a document. */
export type Template = (fields: Readonly<Record<string, unknown>>) => string;

const OP = "template";

/**
 * @throws {ArgumentError} if it is not Jinja, and, when it is filled in, if it needs a field that the document has not.
 * @throws {UnsupportedError} then, naming a filter, method or statement that is not done here.
 */
export function template(source: string): Template {
  const body = parsed(source);
  return (fields) => {
    try {
      return write(body, new Map(Object.entries(fields)));
    } catch (problem) {
      if (!(problem instanceof TemplateProblem)) throw problem;
      const { message, isUnsupported } = problem;
      if (isUnsupported) {
        const hint = "write the prompt as a function of the document";
        const known = "what benchmarks use of Jinja";
        throw refusals(OP).unsupported(shown(source), known, message, hint);
      }
      const expected = `a document that it can be filled in with (${Object.keys(fields).join(", ")})`;
      throw refusals(OP).argument(shown(source), expected, message);
    }
  };
}

function parsed(source: string): readonly Node[] {
  // The lexer drops a newline at the end, as Jinja does by default.
  const kept = source.endsWith("\n") ? `${source}\n` : source;
  try {
    return (parse(tokenize(kept)) as unknown as { readonly body: readonly Node[] }).body;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : "something else";
    throw refusals(OP).argument(shown(source), "a template in Jinja", got, undefined, cause);
  }
}

/** Enough of a template to find it by. */
function shown(source: string): string {
  return source.length > 80 ? `${source.slice(0, 79)}…` : source;
}
