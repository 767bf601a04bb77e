/**
 * The reader of the canonical report (json-lines.ts). Fields and types of lines that it does not know are passed
 * over, so that later versions may add some.
 * @module
 */
import { refusals } from "../../errors.ts";
import { parseJsonObject } from "../../source/json.ts";
import { ACCURACIES } from "../accuracy.ts";
import { type Diagnosis, type Report, type Result, type TapResult, TIERS } from "../run/result.ts";
import { Fields } from "./fields.ts";
import { REPORT_FORMAT } from "./json-lines.ts";
import { STATUSES } from "./verdict.ts";

const op = "parseReport";

/**
 * The report that `text` was written from.
 * @param file what messages call it.
 * @throws {FormatError} naming the line and the field, if it is not such a report, or not a whole one.
 */
export function parseReport(text: string, file = "the report"): Report {
  let run: Omit<Report, "results" | "diagnosis" | "seconds" | "passed"> | undefined;
  let end: Pick<Report, "diagnosis" | "seconds" | "passed"> | undefined;
  const results: Result[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const where = `${file}, line ${i + 1}`;
    const fields = new Fields(
      parseJsonObject(encoder.encode(line), op, where),
      refusals(op, where),
    );
    const type = fields.text("type");
    if (end) throw fields.refusal("type", "no line behind the end", type, "is it two reports?");
    if (!run && type !== "run") {
      throw fields.refusal("type", `"run" in the first line`, type, "is it a report at all?");
    }
    if (type === "run") {
      if (run) throw fields.refusal("type", "one run in a report", "a second", "split the file");
      run = runOf(fields);
    } else if (type === "result") results.push(resultOf(fields));
    else if (type === "end") end = endOf(fields);
  }
  if (!run) throw refusals(op, file).format(undefined, "a report", "an empty file");
  if (!end) {
    const hint = "the run was cut off; run it again";
    throw refusals(op, file).format(undefined, `a last line of type "end"`, "none", hint);
  }
  return { ...run, results, ...end };
}

const encoder = new TextEncoder();

function runOf(fields: Fields): Omit<Report, "results" | "diagnosis" | "seconds" | "passed"> {
  fields.choice("format", [REPORT_FORMAT]);
  const protocol = fields.number("protocol");
  if (protocol !== 1) {
    throw fields.refusal("protocol", "1", String(protocol), "a newer gemma-reference reads it");
  }
  const [suite, testee, environment] = ["suite", "testee", "environment"].map((name) => {
    return fields.object(name);
  });
  return {
    suite: { version: suite.text("version"), digest: suite.text("digest") },
    testee: {
      name: testee.text("name"),
      ...testee.optional("version", (name) => testee.text(name)),
      ...testee.optional("accuracy", (name) => testee.choice(name, ACCURACIES)),
      ...testee.optional("device", (name) => testee.text(name)),
    },
    accuracy: fields.choice("accuracy", ACCURACIES),
    tiers: fields.texts("tiers", TIERS),
    environment: Object.fromEntries(
      environment.names.map((name) => [name, environment.text(name)]),
    ),
  };
}

function resultOf(fields: Fields): Result {
  return {
    id: fields.text("id"),
    tier: fields.choice("tier", TIERS),
    status: fields.choice("status", STATUSES),
    note: fields.text("note"),
    ...fields.optional("message", (name) => fields.text(name)),
    taps: fields.objects("taps").map(tapOf),
    ...fields.optional("beyondGemma1", (name) => fields.flag(name)),
    ...fields.optional("listed", (name) => {
      const listed = fields.object(name);
      const [at, reason, message] = ["at", "reason", "message"].map((part) => listed.text(part));
      return { at, reason, message };
    }),
    seconds: fields.number("seconds"),
  };
}

function tapOf(fields: Fields): TapResult {
  return {
    tap: fields.text("tap"),
    ...fields.optional("golden", (name) => fields.text(name)),
    nrmse: fields.number("nrmse"),
    max: fields.number("max"),
    over: fields.number("over"),
    at: fields.numbers("at"),
    got: fields.number("got"),
    expected: fields.number("expected"),
    ...fields.optional("misshapen", (name) => fields.text(name)),
  };
}

function endOf(fields: Fields): Pick<Report, "diagnosis" | "seconds" | "passed"> {
  return {
    ...fields.optional("diagnosis", (name) => diagnosisOf(fields.object(name))),
    seconds: fields.number("seconds"),
    passed: fields.flag("passed"),
  };
}

function diagnosisOf(fields: Fields): Diagnosis {
  return {
    ...fields.optional("first", (name) => {
      const first = fields.object(name);
      return { id: first.text("id"), tap: first.text("tap") };
    }),
    isolated: fields.objects("isolated").map((step) => {
      return { id: step.text("id"), tap: step.text("tap"), over: step.number("over") };
    }),
    named: fields.objects("named").map((bug) => ({
      ids: bug.texts("ids"),
      mistake: bug.text("mistake"),
      fix: bug.text("fix"),
      over: bug.number("over"),
      taps: bug.texts("taps"),
    })),
    complete: fields.flag("complete"),
    ...fields.optional("nearest", (name) => {
      const nearest = fields.object(name);
      return { id: nearest.text("id"), over: nearest.number("over") };
    }),
    text: fields.text("text"),
  };
}
