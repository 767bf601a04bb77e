/**
 * The help texts, made from the commands' own tables.
 * @module
 */
import { table } from "../table.ts";
import { COMMON_OPTIONS, type Command, type Options } from "./command.ts";
import { reflow } from "./terminal/wrap.ts";

/** The name of the program in help and messages. */
export const PROGRAM = "gemma-reference";

const WIDTH = 80;

export function overallHelp(version: string, commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary]);
  return `${PROGRAM} ${version}: Google's Gemma 1, whole, in TypeScript one can read

Usage: ${PROGRAM} COMMAND [OPTIONS]

${table(rows, "ll", "  ")}
Without --model, commands use a tiny Gemma that comes with the package.
Each has --json, and --help with its options and examples.

  ${PROGRAM} demo
  ${PROGRAM} generate --chat 'Tell me a story about Sam the crow.'
  ${PROGRAM} chat --model gemma-2b-it
`;
}

export function commandHelp(command: Command): string {
  const { name, summary, usage, description, options, examples } = command;
  const forms = usage.map(
    (form, i) => `${i === 0 ? "Usage: " : "       "}${PROGRAM} ${name} ${form}`,
  );
  return `${summary}

${forms.join("\n")}

${reflow(description, WIDTH)}

Options
${optionTable({ ...options, ...COMMON_OPTIONS })}
Examples
${examples.map((example) => `  ${shown(example)}\n`).join("")}`;
}

/** An example begins with the name of the program, unless it pipes something into it. */
function shown(example: string): string {
  return example.includes(`${PROGRAM} `) ? example : `${PROGRAM} ${example}`;
}

function optionTable(options: Options): string {
  const rows = Object.entries(options).map(([name, { short, value, help }]) => [
    `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`,
    help,
  ]);
  return table(rows, "ll", "  ");
}
