/**
 * The tasks that are whole as they stand, by their names. Others take something that is not shipped: a runner of programs (`humanEval`,
 * `mbpp`), a judge (`realToxicity`, `minervaMath`), examples (`bigBenchHard`), a primer (`truthfulQa`).
 * @module
 */
import type { TaskSpec } from "../task/spec.ts";
import { ARC_CHALLENGE, ARC_EASY } from "./knowledge/arc.ts";
import { COMMONSENSE_QA } from "./knowledge/commonsense-qa.ts";
import { MMLU } from "./knowledge/mmlu.ts";
import { NATURAL_QUESTIONS } from "./knowledge/natural-questions.ts";
import { OPENBOOKQA } from "./knowledge/openbookqa.ts";
import { TRIVIAQA } from "./knowledge/triviaqa.ts";
import { LAMBADA } from "./likelihood/lambada.ts";
import { WIKITEXT } from "./likelihood/wikitext.ts";
import { AGIEVAL_MATH } from "./maths/agieval-math.ts";
import { GSM8K } from "./maths/gsm8k.ts";
import { BOOLQ } from "./reading/boolq.ts";
import { AGIEVAL_SETS, agieval } from "./reasoning/agieval.ts";
import { HELLASWAG } from "./reasoning/hellaswag.ts";
import { PIQA } from "./reasoning/piqa.ts";
import { SIQA } from "./reasoning/siqa.ts";
import { WINOGRANDE } from "./reasoning/winogrande.ts";
import { BBQ } from "./safety/bbq.ts";
import { CROWS_PAIRS } from "./safety/crows-pairs.ts";
import { TOXIGEN } from "./safety/toxigen.ts";
import { winobias } from "./safety/winobias.ts";
import { WINOGENDER } from "./safety/winogender.ts";

/** `TASKS.get("piqa")`. */
export const TASKS: ReadonlyMap<string, TaskSpec> = new Map(
  [
    ...[...MMLU.tasks, HELLASWAG, PIQA, SIQA, BOOLQ, WINOGRANDE, COMMONSENSE_QA, OPENBOOKQA],
    ...[ARC_EASY, ARC_CHALLENGE, TRIVIAQA, NATURAL_QUESTIONS, GSM8K],
    ...[...AGIEVAL_SETS.map(agieval), AGIEVAL_MATH, LAMBADA, WIKITEXT],
    ...[CROWS_PAIRS, BBQ, WINOGENDER, winobias(1), winobias(2), TOXIGEN],
  ].map((task) => [task.name, task]),
);
