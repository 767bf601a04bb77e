/**
 * `align`: the chain, each link of which is a command that one can run oneself.
 *
 *     sft → reward → rlhf → the aligned model beside the tuned one
 *
 * @module
 */
import { join } from "node:path";
import type { JsonValue } from "../../source/json.ts";
import type { COMMON_OPTIONS, Command, Values } from "../command.ts";
import type { Io } from "../io.ts";
import { styleFor } from "../terminal/style.ts";
import { type ALIGN_OPTIONS, type ChainPlan, chainPlan } from "./align-options.ts";
import { beginText, endText, stageText } from "./align-text.ts";
import { type ChainFolder, withChainFolder } from "./chain-folder.ts";
import { type ChainComparison, comparisonOf } from "./comparison.ts";
import { writeReport } from "./report.ts";
import { type StageResult, stageResult } from "./stage-result.ts";
import { STAGES, type Stage } from "./stages.ts";

type AlignValues = Values<typeof ALIGN_OPTIONS & typeof COMMON_OPTIONS>;

/** The commands of the stages. */
export type StageCommands = Readonly<Record<Stage, Command>>;

/** What decides what is learnt: the options as they were given, and what stands in for some that were not. */
function settingsOf(
  isDemo: boolean,
  { out: _, resume: __, json: ___, debug: ____, help: _____, ...given }: AlignValues,
  { beta, answers, maxTokens, seed, precision, judge }: ChainPlan,
): Record<string, JsonValue> {
  const usual = { beta, answers, "max-tokens": maxTokens, seed, precision, judge: judge ?? null };
  return { data: isDemo ? "the tales" : "files", ...given, ...usual };
}

/** The words behind the name of the command, folders included. */
export function stageWords(plan: ChainPlan, stage: Stage, out: string): string[] {
  const model = stage === "sft" ? plan.model : join(out, "sft");
  const reward = stage === "rlhf" ? ["--reward", join(out, "reward")] : [];
  return [...plan[stage], "--model", model, ...reward, "--out", join(out, stage), ...plan.all];
}

/** @throws {UsageError} for options that do not go together. */
export async function align(
  isDemo: boolean,
  values: AlignValues,
  commands: StageCommands,
  io: Io,
): Promise<void> {
  const plan = chainPlan(values, isDemo);
  const out = values.out as string;
  const { resume = false, json = false } = values;
  const settings = settingsOf(isDemo, values, plan);
  const style = styleFor(io);
  await withChainFolder(out, { settings, resume, signal: io.signal }, async (folder) => {
    if (!json) await io.stdout.write(beginText(isDemo, style));
    for (const [i, stage] of STAGES.entries()) {
      const words = stageWords(plan, stage, out);
      const before = folder.result(stage) as StageResult | undefined;
      if (!json) await io.stdout.write(beginOf(i, stage, words, before !== undefined));
      const result = before ?? (await done(stage, words, folder));
      if (json && !before) await io.stdout.write(`${JSON.stringify({ stage, result })}\n`);
      if (!json) await io.stdout.write(stageText(stage, result, style));
    }
    const kept = folder.result("compare") as ChainComparison | undefined;
    const comparison = kept ?? (await comparisonOf(plan, out, folder, io));
    const written = await writeReport(out, { settings, folder, comparison });
    if (json) await io.stdout.write(`${JSON.stringify({ out, comparison })}\n`);
    else await io.stdout.write(endText(comparison, written, { out, program: io.program }, style));
  });

  function beginOf(i: number, stage: Stage, words: readonly string[], isDone: boolean): string {
    const said = isDone ? "done before" : `${io.program} ${[stage, ...words].join(" ")}`;
    return `\n${style("bold", `${i + 1} of 4: ${stage}`)}  ${style("dim", said)}\n`;
  }

  async function done(stage: Stage, words: string[], folder: ChainFolder): Promise<StageResult> {
    const began = performance.now();
    const more = json ? ["--json"] : [];
    await commands[stage].run([...words, "--resume", ...more], { ...io, stdout: told(stage) });
    const seconds = (performance.now() - began) / 1000;
    const result = await stageResult(stage, plan, out, seconds, io);
    await folder.keep(stage, result as unknown as JsonValue);
    return result;
  }

  /** What a stage writes: each line with its name, for programs; for readers there is a summary. */
  function told(stage: Stage): Io["stdout"] {
    const { isTerminal, columns } = io.stdout;
    const write = async (text: string) => {
      if (!json) return;
      for (const line of text.trimEnd().split("\n")) {
        const { out: _, ...report } = JSON.parse(line);
        if ("step" in report) await io.stdout.write(`${JSON.stringify({ stage, ...report })}\n`);
      }
    };
    return { isTerminal, columns, write };
  }
}
