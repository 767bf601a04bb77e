/**
 * Commands in phases: what may be done at the same time, and what has to wait.
 *
 * Each command says what it reads and writes. It joins the last phase if nothing there stands against it: q, k and v
 * are one phase, and so are gate and up. Small commands that one thread does alone are strung together, so that the
 * others wait once for all of them and not once for each.
 * @module
 */
import type { Command, Part, Phase } from "./command.ts";

/** What a command touches: a tensor, a layer of a cache, packed rows. Compared by identity. */
export interface Touched {
  readonly reads: readonly object[];
  readonly writes: readonly object[];
}

interface OpenPhase {
  readonly parts: { commands: Command[]; chunks: number }[];
  readonly reads: Set<object>;
  /** What is written, and by which kernel, where that comes in parts. */
  readonly writes: Map<object, object | undefined>;
}

/** Chunks up to which a command counts as small. */
const SMALL = 1;

/** Collects commands. */
export class Schedule {
  #phases: OpenPhase[] = [];

  get isEmpty(): boolean {
    return this.#phases.length === 0;
  }

  /**
   * @param kernel stands for one call of a kernel that comes in several commands, of which none writes rows or columns
   * that another one does: parts of a matrix, spans of a pass.
   */
  add(command: Command, { reads, writes }: Touched, kernel?: object): void {
    const last = this.#phases.at(-1);
    const part = { commands: [command], chunks: command.chunks };
    let isAlone = false;
    if (last && !conflicts(last, reads, writes, kernel)) {
      last.parts.push(part);
    } else if (last && isSmall(last) && command.chunks <= SMALL) {
      last.parts[0].commands.push(command);
      isAlone = true; // what is not in the string has to wait for all of it
    } else {
      this.#phases.push({ parts: [part], reads: new Set(), writes: new Map() });
    }
    const phase = this.#phases.at(-1) as OpenPhase;
    for (const one of reads) phase.reads.add(one);
    for (const one of writes) phase.writes.set(one, isAlone ? undefined : kernel);
  }

  /** What has been collected; the next command begins anew. */
  take(): Phase[] {
    const phases = this.#phases;
    this.#phases = [];
    return phases.map(({ parts }) => ({ parts, chunks: chunksOf(parts) }));
  }
}

function isSmall({ parts }: OpenPhase): boolean {
  return parts.length === 1 && parts[0].chunks <= SMALL;
}

function conflicts(
  { reads: read, writes: written }: OpenPhase,
  reads: readonly object[],
  writes: readonly object[],
  kernel: object | undefined,
): boolean {
  const isApart = (one: object) => kernel !== undefined && written.get(one) === kernel;
  return (
    reads.some((one) => written.has(one)) ||
    writes.some((one) => (written.has(one) && !isApart(one)) || read.has(one))
  );
}

function chunksOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { chunks }) => sum + chunks, 0);
}
