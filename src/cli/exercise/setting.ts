/**
 * What all that `exercise` does has in common.
 * @module
 */
import type { Io } from "../io.ts";
import type { Style } from "../terminal/style.ts";

/** Where files and progress lie, unless a file is named. */
export const FOLDER = "learn";
export const PROGRESS: string = `${FOLDER}/progress.json`;

/** Of one call of the command. */
export interface Setting {
  readonly io: Io;
  readonly style: Style;
  readonly json: boolean;
  /** How the command was started, for what comes next: `npx gemma-reference exercise`. */
  readonly program: string;
  /** Seconds that a case may take. */
  readonly seconds: number;
}

/** A result: as JSON on a line, or as text. */
export function tell({ io, json }: Setting, object: object, text: string): Promise<void> {
  return io.stdout.write(json ? `${JSON.stringify(object, listed)}\n` : text);
}

/** JSON has no typed arrays. */
function listed(_: string, value: unknown): unknown {
  return value instanceof Float64Array ? Array.from(value) : value;
}
