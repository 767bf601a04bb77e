/**
 * `audit`: how much of its training data does a model repeat?
 * @module
 */
import { AUDIT_OPTIONS } from "../audit/options.ts";
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { MODEL_OPTIONS } from "../options/model.ts";

const options = { ...AUDIT_OPTIONS, ...MODEL_OPTIONS } as const;

export const auditCommand: Command = {
  name: "audit",
  summary: "Find out how much of its training data a model repeats",
  usage: [
    "DOCS.jsonl [--control FILE] [--model MODEL] [OPTIONS]",
    "PREFIX.npy SUFFIX.npy [--model MODEL] [OPTIONS]",
    "demo [--html FILE]",
    "canaries --repeats LIST --out DIR",
  ],
  description: `
    The memorization audit of the Gemma report: the model is given the first 50 tokens of a document, and
    its next 50, greedily, are compared with the document's: exactly, and within a tenth of edits. A line
    of DOCS is {"text"}, with "id", "source" and "repeats" if they are known; of 0 repeats, or in --control,
    are documents that were never trained on. Any good model repeats text that says little: what counts
    is how far a rate lies above the control's.

    With --out every answer is kept as it comes: after Ctrl-C the same command goes on where it was. Personal
    data in reports are told as their form, unless --show-values is given; DIR/answers.jsonl has the answers as
    they are. canaries draws secrets to plant: planted.jsonl to train on, canaries.jsonl to audit with.`,
  options,
  examples: [
    "audit demo --html audit.html",
    "audit corpus.jsonl --control unseen.jsonl --model gemma-2b --out audited",
    "audit corpus.jsonl --prompts 10,25,50 --limit 10000 --model gemma-2b",
    "audit canaries --repeats 1,4,16,64 --each 5 --out canaries",
    "audit corpus.jsonl --canaries canaries/canaries.jsonl --model trained",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length === 0) {
      throw new UsageError("expected a file of documents, demo, or canaries");
    }
    // Imported when asked for: each command would start later.
    if (positionals[0] === "canaries" && positionals.length === 1) {
      const { writeCanaries } = await import("../audit/canaries.ts");
      await writeCanaries(values, io);
      return undefined;
    }
    const { runAudit } = await import("../audit/run.ts");
    await runAudit(positionals, values, io);
    return undefined;
  },
};
