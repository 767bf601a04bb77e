/**
 * The options of `eval`, besides those of the model.
 * @module
 */

export const EVAL_OPTIONS = {
  data: { type: "string", value: "DIR", help: "Folder with TASK.SPLIT.jsonl" },
  yaml: {
    type: "string",
    multiple: true,
    value: "FILE",
    help: "A task in lm-evaluation-harness's YAML; repeatable",
  },
  shots: { type: "string", value: "N", help: "Examples before the question (default: the task's)" },
  limit: { type: "string", value: "N", help: "Ask the first N documents of each task" },
  chat: { type: "boolean", help: "Ask in turns of a chat" },
  system: { type: "string", value: "TEXT", help: "Stands before everything" },
  out: {
    type: "string",
    value: "DIR",
    help: "Keep answers and results there, and go on from them",
  },
  html: { type: "string", value: "FILE", help: "Write a page with every document" },
  inspect: { type: "string", value: "DIR", help: "Write logs for Inspect's viewer" },
  bootstrap: {
    type: "string",
    value: "N",
    help: "Lists drawn for errors of perplexities (default: 1000)",
  },
  "run-code": { type: "boolean", help: "Let programs by the model run here (humaneval, mbpp)" },
  list: { type: "boolean", help: "List the tasks" },
  compare: { type: "boolean", help: "Compare two runs, document by document" },
} as const;
