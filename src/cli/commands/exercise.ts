/**
 * `exercise`: the functions of Gemma, written by a learner and checked one by one.
 * @module
 */
import { on } from "node:events";
import { watch } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Task } from "../../exercises/exercise.ts";
import { keepProgress, readProgress } from "../../exercises/run/progress.ts";
import { SECONDS } from "../../exercises/run/run-job.ts";
import { nearest } from "../../option-hints.ts";
import { type Command, numberOption, parse, UsageError } from "../command.ts";
import { checkFile, TASKS } from "../exercise/check-file.ts";
import { play } from "../exercise/play.ts";
import { FOLDER, PROGRESS, type Setting, tell } from "../exercise/setting.ts";
import { solutionOf } from "../exercise/stub.ts";
import { hintText, listText } from "../exercise/text.ts";
import type { Io } from "../io.ts";
import { styleFor } from "../terminal/style.ts";

const options = {
  watch: { type: "boolean", help: "Check again whenever the file is saved" },
  seconds: { type: "string", value: "N", help: `Time that a case may take (default ${SECONDS})` },
} as const;

export const exerciseCommand: Command = {
  name: "exercise",
  summary: "Write Gemma yourself, function by function, checked against Google's code",
  usage: ["[NAME [FILE]] [OPTIONS]", "hint|solution NAME", "play [TEXT]"],
  description: `
    Without NAME: the list, with a tick beside what is done. With NAME: writes ${FOLDER}/NAME.js, never
    over a file that is there, and says what to fill in; from then on it checks that file, or FILE.

    A check runs the function on a case for a calculator, then against numbers of Google's code, then in
    the bundled model. It stops at the first that fails, and names the mistake if it is a known one. Exit
    code 1 if one fails. \`detective\` is another kind: three engines of others, each with a mistake that you
    find by comparing numbers.

    \`hint\` shows the next of three; \`solution\` shows one after a check has failed; \`play\` runs the model
    with every function of yours that passes.`,
  options,
  examples: [
    "exercise",
    "exercise rmsnorm",
    "exercise rmsnorm ./mine.js --watch",
    "exercise hint rmsnorm",
    'exercise play "Mira the fox had 6 plums."',
  ],

  async run(argv: readonly string[], io: Io): Promise<number> {
    const { values, positionals } = parse(options, argv);
    const seconds = numberOption("seconds", values.seconds, POSITIVE) ?? SECONDS;
    const isScript = io.env.npm_lifecycle_event === "exercise";
    const program = isScript ? "npm run exercise" : `${io.program} exercise`;
    const json = values.json === true;
    const setting: Setting = { io, style: styleFor(io), json, program, seconds };
    const [first, second, ...more] = positionals;
    if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
    switch (first) {
      case undefined:
        return await list(setting);
      case "play":
        return await play(second, setting);
      case "hint":
        return await hint(exerciseNamed(second), setting);
      case "solution":
        return await solution(exerciseNamed(second), setting);
      default: {
        const one = exerciseNamed(first);
        const file = second ?? `${FOLDER}/${one.name}.js`;
        return await (values.watch ? checkOnSave : checkFile)(one, file, setting);
      }
    }
  },
};

const POSITIVE = { as: "a positive number", includes: (value: number) => value > 0 };

/** @throws {UsageError} if there is no such exercise, with the one that was meant. */
function exerciseNamed(name: string | undefined): Task {
  const names = TASKS.map((one) => one.name);
  const found = TASKS.find((one) => one.name === name);
  if (found) return found;
  if (name === undefined) throw new UsageError(`expected NAME, one of ${names.join(", ")}`);
  // Whoever knows the field may say the name of a function, or of the paper.
  const byFunction = TASKS.find(({ functions }) => Object.hasOwn(functions, name))?.name;
  const near = byFunction ?? nearest(name, names);
  const hint = near ? `did you mean ${near}?` : `there are ${names.join(", ")}`;
  throw new UsageError(`unknown exercise ${JSON.stringify(name)}; ${hint}`);
}

async function list(setting: Setting): Promise<number> {
  const progress = await readProgress(PROGRESS);
  const exercises = TASKS.map(({ name, title, page }) => {
    return { name, title, page, passed: progress[name]?.passed === true };
  });
  const { program, style } = setting;
  await tell(setting, { exercises }, listText(TASKS, progress, program, style));
  return 0;
}

/** The next of three; after the third, all again from the first. */
async function hint(one: Task, setting: Setting): Promise<number> {
  const shown = (await readProgress(PROGRESS))[one.name]?.hints ?? 0;
  const at = shown % one.hints.length;
  await mkdir(FOLDER, { recursive: true });
  await keepProgress(PROGRESS, one.name, { hints: at + 1 });
  await tell(
    setting,
    { exercise: one.name, hint: at + 1, of: one.hints.length, text: one.hints[at] },
    hintText(one, at),
  );
  return 0;
}

async function solution(one: Task, setting: Setting): Promise<number> {
  const { tried } = (await readProgress(PROGRESS))[one.name] ?? {};
  if (tried) {
    const text = await solutionOf(one);
    await tell(setting, { exercise: one.name, solution: text }, text);
    return 0;
  }
  const { program } = setting;
  const why = `The solution is shown after a check has failed once: ${program} ${one.name}`;
  await tell(setting, { exercise: one.name, why }, `${why}\n`);
  return 1;
}

/** Checks, and again whenever the file is saved, until Ctrl-C. Editors replace files, so the folder is watched. */
async function checkOnSave(one: Task, file: string, setting: Setting): Promise<number> {
  const { io } = setting;
  const { signal } = io;
  const read = () => readFile(file, "utf8").catch(() => undefined); // it may be being replaced
  let checked = await read();
  let code = await checkFile(one, file, setting);
  checked ??= await read(); // written just now
  const watcher = watch(dirname(file));
  try {
    const changes = on(watcher, "change", { signal });
    const checkAgain = async () => {
      const text = await read();
      if (text === undefined || text === checked) return;
      checked = text;
      await io.stdout.write(setting.json ? "" : "\n");
      code = await checkFile(one, file, setting);
    };
    await checkAgain(); // saved before anybody watched
    for await (const [, name] of changes) {
      if (name !== basename(file)) continue;
      await new Promise((resolve) => setTimeout(resolve, 100)); // a save is several events
      await checkAgain();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    watcher.close();
  }
  return code;
}
