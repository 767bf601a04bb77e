/**
 * BIG-Bench Hard (Suzgun et al. 2022, arXiv:2210.09261): 27 tasks that earlier models failed, asked step by step after three
 * examples that are worked out.
 * @module
 */
import type { TaskDocument, TaskSpec } from "../../task/spec.ts";

/** The tasks, as the data names them. */
export const BBH_TASKS: readonly string[] = [
  ...["boolean_expressions", "causal_judgement", "date_understanding", "disambiguation_qa"],
  ...["dyck_languages", "formal_fallacies", "geometric_shapes", "hyperbaton"],
  ...["logical_deduction_five_objects", "logical_deduction_seven_objects"],
  ...["logical_deduction_three_objects", "movie_recommendation", "multistep_arithmetic_two"],
  ...["navigate", "object_counting", "penguins_in_a_table", "reasoning_about_colored_objects"],
  ...["ruin_names", "salient_translation_error_detection", "snarks", "sports_understanding"],
  ...["temporal_sequences", "tracking_shuffled_objects_five_objects"],
  ...["tracking_shuffled_objects_seven_objects", "tracking_shuffled_objects_three_objects"],
  ...["web_of_lies", "word_sorting"],
];

/** What comes with the paper's data. */
export interface BbhPrompt {
  /** Stands before the examples. */
  readonly description: string;
  /** `{ input, target }`, the target being "…So the answer is X.". */
  readonly examples: readonly TaskDocument[];
}

/**
 * One task. Its description and its worked-out examples come with the paper's data (`cot-prompts`), not with this library.
 */
export function bigBenchHard(task: string, prompt: BbhPrompt): TaskSpec {
  const { description, examples } = prompt;
  return {
    name: `bbh_cot_fewshot_${task}`,
    kind: "generate",
    splits: { test: "test" },
    description: `${description}\n\n`,
    text: "Q: {{input}}\nA: Let's think step by step.\n",
    target: "{{target}}",
    delimiter: "",
    shots: { count: examples.length, sampler: "first", fixed: examples },
    generation: { until: ["</s>", "Q", "\n\n"], maxTokens: 1024 },
    filters: [
      {
        name: "get-answer",
        // The last character goes, whatever it is: with a full stop at its end an answer is right, without one it is cut.
        filters: [
          { filter: "regex", pattern: "(?<=the answer is )(.*)(?=.)" },
          { filter: "takeFirst" },
        ],
      },
    ],
    metrics: [{ metric: "exact_match" }],
    source: {
      dataset: "SaylorTwift/bbh",
      subset: task,
      fields: ["input", "target"],
      licence: "MIT",
      paper: "arXiv:2210.09261",
    },
    report: "BBH",
    differsFromReport: "Asked as Mistral's team did; whether step by step is not said.",
    version: 4,
  };
}
