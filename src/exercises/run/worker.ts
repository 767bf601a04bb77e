/**
 * The thread in which a learner's file runs: does the job that it was started with, and posts what it finds.
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { DETECTIVE, openCase } from "../detective/case.ts";
import { type Detective, judge } from "../detective/judge.ts";
import type { Materials } from "../materials.ts";
import type { Parts } from "../parts.ts";
import { EXERCISES, PLAYABLE } from "../tasks/all.ts";
import { check } from "./check.ts";
import { gemmaSays } from "./gemma-says.ts";
import type { CheckJob, DetectiveJob, Job, Message, PlayJob } from "./job.ts";
import { functionsOf, UnusableFile } from "./learner-file.ts";
import { loadMaterials } from "./load-materials.ts";

const post = (message: Message) => parentPort?.postMessage(message);

/** Whether nobody wants to see what is printed: in the running model that would be thousands of lines. */
let isQuiet = false;

// Node hands a thread's output over when the thread is idle, which a loop without an end never is.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array) => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    if (!isQuiet) post({ kind: "prints", text });
    return true;
  };
}

const begins = (what: string) => post({ kind: "begins", what });

async function checkFile(job: CheckJob, materials: Materials): Promise<void> {
  const exercise = EXERCISES.find(({ name }) => name === job.exercise)!;
  begins("the file itself");
  const fns = await functionsOf<Partial<Parts>>(job.file, exercise);
  const verdict = check(exercise, fns, materials, (name, isAgain) => {
    isQuiet = isAgain;
    begins(`case "${name}"`);
  });
  post({ kind: "verdict", verdict });
  if (exercise.isBeside) return;
  isQuiet = true;
  begins("the running model");
  post({ kind: "said", said: gemmaSays(fns, materials) });
}

async function hear({ file, fixtures }: DetectiveJob): Promise<void> {
  const opened = await openCase(fixtures);
  begins("the file itself");
  const { detective } = await functionsOf<{ detective: Detective }>(file, DETECTIVE);
  const findings = opened.suspects.map((suspect) => {
    begins(`engine ${suspect.name}`);
    return judge(opened, suspect, detective);
  });
  post({ kind: "findings", findings });
}

/** Puts in what passes; what does not is left out, and named by its own check. */
async function play({ files, prompt }: PlayJob, materials: Materials): Promise<void> {
  isQuiet = true;
  const playing: string[] = [];
  let fns: Partial<Parts> = {};
  for (const exercise of PLAYABLE) {
    const file = files[exercise.name];
    if (file === undefined) continue;
    begins(exercise.name);
    const own = await functionsOf<Partial<Parts>>(file, exercise).catch((error: unknown) => {
      if (!(error instanceof UnusableFile)) throw error;
      return undefined;
    });
    if (!own || !("success" in check(exercise, own, materials))) continue;
    playing.push(exercise.name);
    fns = { ...fns, ...own };
  }
  post({ kind: "playing", exercises: playing });
  begins("the running model");
  post({ kind: "said", said: gemmaSays(fns, materials, prompt) });
}

async function work(job: Job): Promise<void> {
  try {
    if (job.kind === "detective") await hear(job);
    else {
      const materials = await loadMaterials(job.fixtures);
      await (job.kind === "check" ? checkFile(job, materials) : play(job, materials));
    }
    post({ kind: "done" });
  } catch (error) {
    if (!(error instanceof UnusableFile)) throw error;
    post({ kind: "unusable", why: error.message });
    post({ kind: "done" });
  }
}

await work(workerData as Job);
