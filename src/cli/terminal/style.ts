/**
 * Colour, where it is wanted: on a terminal that can show it, unless NO_COLOR is set
 * (https://no-color.org).
 * @module
 */
import { styleText } from "node:util";
import type { Io } from "../io.ts";

/** Text in a style, or as it is. */
export type Style = (format: "bold" | "dim" | "cyan" | "green" | "red", text: string) => string;

export function styleFor({ stdout, env }: Io): Style {
  const isWanted = stdout.isTerminal && !env.NO_COLOR && env.TERM !== "dumb";
  return (format, text) => (isWanted ? styleText(format, text, { validateStream: false }) : text);
}
