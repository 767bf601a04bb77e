/**
 * `eval`: runs benchmarks, and compares runs.
 * @module
 */

import { type Command, parse, UsageError } from "../command.ts";
import { EVAL_OPTIONS } from "../eval/options.ts";
import type { Io } from "../io.ts";
import { MODEL_OPTIONS } from "../options/model.ts";
import { styleFor } from "../terminal/style.ts";

const options = { ...EVAL_OPTIONS, ...MODEL_OPTIONS } as const;

export const evalCommand: Command = {
  name: "eval",
  summary: "Run benchmarks on a model, as lm-evaluation-harness does",
  usage: [
    "TASK... --data DIR [--model MODEL] [OPTIONS]",
    "demo [--html FILE]",
    "--list",
    "--compare RUN RUN",
  ],
  description: `
    Prompts, scores, standard errors and files are those of EleutherAI's lm-evaluation-harness on the same
    documents. Data is not shipped: --data DIR has TASK.SPLIT.jsonl, a JSON object a line
    (docs/evaluation.md has the fields). demo takes no data, and runs on the bundled model.

    With --out every answer is kept as it comes: after Ctrl-C, or worse, the same command goes on where
    it was, and once all is answered it prints the table only. --out DIR then has results_*.json and
    samples_*.jsonl as the harness writes them; --compare takes two such folders, or files of samples,
    and gives the difference document by document.`,
  options,
  examples: [
    "eval demo --html demo.html",
    "eval arc_easy piqa --model gemma-2b --data benchmarks --out runs",
    "eval mmlu --model gemma-2b --data benchmarks --limit 20 --json",
    "eval gsm8k --model gemma-2b-it --data benchmarks --chat --shots 8",
    "eval --yaml my_task.yaml --model gemma-2b --data benchmarks",
    "eval --compare runs-2b runs-7b",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    // Imported when asked for: tasks, templates and YAML would make each command start later.
    if (values.list) {
      const { listOfTasks } = await import("../eval/tasks.ts");
      await io.stdout.write(listOfTasks(styleFor(io)));
      return undefined;
    }
    if (values.compare) {
      if (positionals.length !== 2) throw new UsageError("expected eval --compare RUN RUN");
      const { compareFolders } = await import("../eval/compare.ts");
      await compareFolders(positionals[0], positionals[1], values.json, io);
      return undefined;
    }
    if (positionals.length === 0 && !values.yaml) {
      throw new UsageError("expected a task, as in eval demo; eval --list lists them");
    }
    const { runEvaluation } = await import("../eval/run.ts");
    await runEvaluation(positionals, values, io);
    return undefined;
  },
};
