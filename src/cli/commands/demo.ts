/**
 * `demo`, which `npm start` runs: the bundled model tells a story and answers a question, and then its
 * logits are compared with those that Google's own code computed from the same weights and tokens.
 * @module
 */
import { countParameters } from "../../config.ts";
import { compareWithGoogle, isWithinPromise } from "../../conformance/distance-from-google.ts";
import { Gemma } from "../../gemma.ts";
import type { Generation } from "../../generation/generation.ts";
import { openFolder } from "../../node/folder.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { styleFor } from "../terminal/style.ts";
import { Wrap } from "../terminal/wrap.ts";
import { comparisonText, greeting, nextSteps } from "./demo-text.ts";

const QUESTIONS = ["Tell me a story about Mira the fox.", "What is 3 plus 4?"];

/** Characters of a line, unless the terminal is narrower. */
const WIDTH = 80;

export const demoCommand: Command = {
  name: "demo",
  summary: "Tell a story, answer a question, and compare with Google's own code",
  usage: ["[OPTIONS]"],
  description: `
    Runs the tiny Gemma that comes with the package. Exit code 1 if its logits are further from
    Google's than promised. With --json: one object {answers, comparison}.`,
  options: {},
  examples: ["demo", "demo --json"],

  async run(argv: readonly string[], io: Io): Promise<number> {
    const { values, positionals } = parse({}, argv);
    if (positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"`);
    const { signal, stdout } = io;
    const folder = openFolder(tinyModelPath());
    const teller = await Gemma.load(folder, { signal });
    // The promise is of the definition, in its precisions, whatever computes faster.
    const float32 = await Gemma.load(folder, { backend: "cpu", precision: "float32", signal });
    const float64 = await Gemma.load(folder, { backend: "cpu", precision: "float64", signal });
    try {
      const style = styleFor(io);
      const answers: { question: string; answer: string }[] = [];
      if (!values.json) {
        await stdout.write(greeting(countParameters(teller.config).total, style));
      }
      for (const question of QUESTIONS) {
        const generation = ask(teller, question, signal);
        if (values.json) answers.push({ question, answer: await generation.text() });
        else await show(question, generation, io);
        signal.throwIfAborted();
      }
      const comparison = await compareWithGoogle(folder, {
        float64: (ids) => float64.logits(ids, { signal }),
        float32: (ids) => float32.logits(ids, { signal }),
      });
      const kept = isWithinPromise(comparison);
      await stdout.write(
        values.json
          ? `${JSON.stringify({ answers, comparison })}\n`
          : comparisonText(comparison, kept, style) + nextSteps(io.program, style),
      );
      return kept ? 0 : 1;
    } finally {
      await teller.dispose();
      await float32.dispose();
      await float64.dispose();
    }
  },
};

function ask(gemma: Gemma, question: string, signal: AbortSignal): Generation {
  return gemma.generate(gemma.encodeChat([{ role: "user", content: question }]), { signal });
}

/** The question, and the answer as it comes. */
async function show(question: string, answer: Generation, io: Io): Promise<void> {
  const { stdout } = io;
  const indent = "  ";
  const wrap = new Wrap(Math.min(WIDTH, stdout.columns ?? WIDTH), indent);
  await stdout.write(`${styleFor(io)("bold", question)}\n${indent}`);
  for await (const { text } of answer) await stdout.write(wrap.push(text));
  await stdout.write(`${wrap.flush()}\n\n`);
}
