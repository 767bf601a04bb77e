/**
 * MMLU (Hendrycks et al. 2021, arXiv:2009.03300): questions of 57 subjects, each with four choices that are named by letters.
 * @module
 */
import type { TaskGroup } from "../../task/group.ts";
import type { TaskSpec } from "../../task/spec.ts";

/** The subjects, as the data names them. */
export const MMLU_SUBJECTS: readonly string[] = [
  ...["abstract_algebra", "anatomy", "astronomy", "business_ethics", "clinical_knowledge"],
  ...["college_biology", "college_chemistry", "college_computer_science", "college_mathematics"],
  ...["college_medicine", "college_physics", "computer_security", "conceptual_physics"],
  ...["econometrics", "electrical_engineering", "elementary_mathematics", "formal_logic"],
  ...["global_facts", "high_school_biology", "high_school_chemistry"],
  ...["high_school_computer_science", "high_school_european_history", "high_school_geography"],
  ...["high_school_government_and_politics", "high_school_macroeconomics"],
  ...["high_school_mathematics", "high_school_microeconomics", "high_school_physics"],
  ...["high_school_psychology", "high_school_statistics", "high_school_us_history"],
  ...["high_school_world_history", "human_aging", "human_sexuality", "international_law"],
  ...["jurisprudence", "logical_fallacies", "machine_learning", "management", "marketing"],
  ...["medical_genetics", "miscellaneous", "moral_disputes", "moral_scenarios", "nutrition"],
  ...["philosophy", "prehistory", "professional_accounting", "professional_law"],
  ...["professional_medicine", "professional_psychology", "public_relations", "security_studies"],
  ...["sociology", "us_foreign_policy", "virology", "world_religions"],
];

/** One subject: the first five documents of its split `dev` are the shots. */
export function mmlu(subject: string): TaskSpec {
  return {
    name: `mmlu_${subject}`,
    kind: "choice",
    splits: { test: "test", shots: "dev" },
    description: `The following are multiple choice questions (with answers) about ${subject.replaceAll("_", " ")}.\n\n`,
    text: "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:",
    choices: ["A", "B", "C", "D"],
    target: "answer",
    shots: { count: 5, sampler: "first" },
    metrics: [{ metric: "acc" }],
    source: {
      dataset: "cais/mmlu",
      subset: subject,
      fields: ["question", "choices", "answer"],
      licence: "MIT",
      paper: "arXiv:2009.03300",
    },
    report: "MMLU",
    differsFromReport:
      "5 shots as here; the harness's own default is 0. The report does not say which shots.",
    version: 1,
  };
}

/** All subjects; the accuracy of all questions is the mean weighted by size. */
export const MMLU: TaskGroup = {
  name: "mmlu",
  tasks: MMLU_SUBJECTS.map(mmlu),
  weightBySize: true,
};
