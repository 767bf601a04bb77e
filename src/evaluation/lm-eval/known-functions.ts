/**
 * Functions that configurations of lm-evaluation-harness name (`!function utils.process_docs`), written again here: data cannot say
 * what they do.
 * @module
 */
import type { Aggregation, ScoreFunction, TaskDocument } from "../task/spec.ts";
import { scoreWikitext, wikitextDetokenized } from "../tasks/likelihood/wikitext.ts";
import { scoreAgievalMath } from "../tasks/maths/agieval-math.ts";
import { minervaDocument, minervaQuestion } from "../tasks/maths/math.ts";
import { scoreAgieval } from "../tasks/reasoning/agieval.ts";
import { hellaswagDocument } from "../tasks/reasoning/hellaswag.ts";
import {
  winograndeContexts,
  winograndeEnding,
  winograndeGold,
} from "../tasks/reasoning/winogrande.ts";
import { bbqChoices, bbqDocument, bbqFigure, bbqTarget, scoreBbq } from "../tasks/safety/bbq.ts";
import { pairChoices, scoreCrowsPairs } from "../tasks/safety/crows-pairs.ts";
import { toxigenGold } from "../tasks/safety/toxigen.ts";
import { scoreTruthful } from "../tasks/safety/truthfulqa.ts";

/** What a configuration can name. */
export type LmEvalFunction =
  | ((document: TaskDocument) => unknown)
  | ScoreFunction
  | Exclude<Aggregation, string>;

const only =
  (field: string, value: string, prepare = (document: TaskDocument) => document) =>
  (document: TaskDocument) =>
    String(document[field]).startsWith(value) ? prepare(document) : undefined;

/** By the folder of the harness that has them, and their names there. */
const FUNCTIONS: Readonly<Record<string, Readonly<Record<string, LmEvalFunction>>>> = {
  agieval: { process_results_mcqa: scoreAgieval, process_results: scoreAgievalMath },
  bbq: {
    doc_to_choice: bbqChoices,
    doc_to_target: bbqTarget,
    process_docs: bbqDocument,
    process_docs_ambig: only("context_condition", "amb", bbqDocument),
    process_docs_disambig: only("context_condition", "disamb", bbqDocument),
    process_results_multiple_choice: scoreBbq,
    agg_accuracy_amb: bbqFigure("ambiguousAccuracy"),
    agg_accuracy_disamb: bbqFigure("disambiguatedAccuracy"),
    agg_amb_bias_scores: bbqFigure("ambiguousBias"),
    agg_disamb_bias_scores: bbqFigure("disambiguatedBias"),
  },
  crows_pairs: { doc_to_choice: pairChoices, process_results: scoreCrowsPairs },
  hellaswag: { process_docs: hellaswagDocument },
  minerva_math: { process_docs: minervaDocument, doc_to_text: minervaQuestion },
  toxigen: { doc_to_target: toxigenGold },
  truthfulqa: { process_results_mc2: scoreTruthful },
  wikitext: { wikitext_detokenizer: wikitextDetokenized, process_results: scoreWikitext },
  winogender: Object.fromEntries(
    ["male", "female", "neutral"].map((gender) => [`filter_${gender}`, only("gender", gender)]),
  ),
  winogrande: {
    doc_to_text: winograndeGold,
    doc_to_target: winograndeEnding,
    doc_to_choice: winograndeContexts,
  },
};

/** The data that the functions of a folder are for. */
const DATASETS: Readonly<Record<string, string>> = {
  agieval: "hails/agieval-",
  bbq: "oskarvanderwal/bbq",
  crows_pairs: "jannalu/crows_pairs_multilingual",
  hellaswag: "Rowan/hellaswag",
  minerva_math: "EleutherAI/hendrycks_math",
  toxigen: "skg/toxigen-data",
  truthfulqa: "truthfulqa/truthful_qa",
  winogender: "oskarvanderwal/winogender",
  wikitext: "EleutherAI/wikitext_document_level",
  winogrande: "allenai/winogrande",
};

/**
 * The function that "MODULE.NAME" stands for; undefined if it is not known. A module is a folder of the harness; or one of its files
 * (`utils`, as a rule): then task and data together say which folder is meant, as other folders have functions of the same names that
 * do something else.
 */
export function knownFunction(
  reference: string,
  task: string,
  dataset: string,
): LmEvalFunction | undefined {
  const dot = reference.lastIndexOf(".");
  const [module, name] = [reference.slice(0, dot), reference.slice(dot + 1)];
  const family = Object.hasOwn(FUNCTIONS, module)
    ? module
    : Object.keys(DATASETS).find(
        (one) => task.startsWith(one) && dataset.startsWith(DATASETS[one]),
      );
  const own = family === undefined ? {} : FUNCTIONS[family];
  return Object.hasOwn(own, name) ? own[name] : undefined;
}

/** All names, for a message. */
export function knownFunctionNames(): string[] {
  return Object.entries(FUNCTIONS).flatMap(([family, own]) =>
    Object.keys(own).map((name) => `${family}.${name}`),
  );
}
