/**
 * Runs the model with every function of the learner's that passes.
 * @module
 */
import { existsSync } from "node:fs";
import { told } from "../../exercises/run/job.ts";
import { readProgress } from "../../exercises/run/progress.ts";
import { runJob } from "../../exercises/run/run-job.ts";
import { PLAYABLE } from "../../exercises/tasks/all.ts";
import { SENTENCE } from "../../exercises/text.ts";
import { fixturesPath } from "../../node/exercise-files.ts";
import { runOptions, urlOf } from "./check-file.ts";
import { PROGRESS, type Setting, tell } from "./setting.ts";
import { playText } from "./text.ts";

/** @param prompt what the model goes on with. Default: the sentence of the road. */
export async function play(prompt: string | undefined, setting: Setting): Promise<number> {
  const progress = await readProgress(PROGRESS);
  const files = PLAYABLE.flatMap(({ name }) => {
    const { file, passed } = progress[name] ?? {};
    return file !== undefined && passed && existsSync(file) ? [[name, urlOf(file)] as const] : [];
  });
  const ending = await runJob(
    {
      kind: "play",
      fixtures: fixturesPath(),
      files: Object.fromEntries(files),
      prompt: prompt ?? SENTENCE,
    },
    runOptions(setting),
  );
  const { playing, said } = told(ending.messages);
  if (!playing || !said) {
    const why = `${ending.endless ?? ending.left} did not end`;
    await tell(setting, { state: "unusable", why }, `${why}: check it by itself.\n`);
    return 1;
  }
  await tell(setting, { playing, ...said }, playText(PLAYABLE, playing, said));
  return said.trouble === undefined ? 0 : 1;
}
