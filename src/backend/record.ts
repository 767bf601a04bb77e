/**
 * The recording backend: its tensors are names and its kernels write down what they were asked, so
 * that running the forward pass once against it yields the program as data, a *tape*.
 *
 * Rows stay symbolic: a step says `"all"` or `"logits"`, never a number, so one tape serves any number of
 * sequences, of any length, at any position. It is what a whole-model compiler reads, what runs one kernel at a
 * time in isolation, and what a reader can print. Nobody writes a tape by hand.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import type { Handles, Ops, Rows, Span } from "./backend.ts";

/** Handles of the recording backend: the names of tensors and weights. */
export interface RecordedHandles extends Handles {
  tensor: string;
  weight: string;
  kv: "kv";
  ids: "ids";
}

/** Which rows a step works on: all of the pass, or those whose logits are asked for. */
export type RowsName = "all" | "logits";

/** One call of a kernel. */
export type Step =
  | { op: "embed"; dst: string; table: string; rows: RowsName; scale: number }
  | { op: "rmsNorm"; dst: string; x: string; weight: string; rows: RowsName; eps: number }
  | { op: "matmul"; dst: string; x: string; weight: string; rows: RowsName }
  | { op: "rope"; dst: string; x: string; heads: number; headDim: number; theta: number }
  | { op: "kvWrite"; layer: number; k: string; v: string }
  | { op: "attention"; dst: string; q: string; layer: number; scale: number }
  | { op: "geglu"; dst: string; gate: string; up: string; rows: RowsName }
  | { op: "add"; dst: string; x: string; y: string; rows: RowsName };

/** The forward pass as data. */
export type Tape = readonly Step[];

/** The symbols to run a program with, and the tape it fills. */
export interface Recorder {
  /** Kernels that write themselves onto the tape. */
  readonly ops: Ops<RecordedHandles>;
  /** The symbolic rows of the pass. */
  readonly rows: Rows;
  /** The symbolic spans of the pass: one. */
  readonly spans: readonly Span<"kv">[];
  /** The rows of which logits are asked for. */
  readonly logitRows: readonly Rows[];
  /** What was recorded so far. */
  readonly tape: Step[];
}

/** A fresh tape, and the symbols that write on it. */
export function recorder(): Recorder {
  const tape: Step[] = [];
  // NaN, so that arithmetic on symbolic rows cannot pass for a number.
  const rows: Rows = { from: Number.NaN, count: Number.NaN };
  const spans = [{ ...rows, pos: Number.NaN, kv: "kv" }] as const;
  const logitRows = [{ ...rows }];
  const name = (given: Rows): RowsName => {
    if (given === rows) return "all";
    if (given === logitRows[0]) return "logits";
    const expected = "rows or logitRows as the forward pass was given them";
    throw refusals("recorder").argument("rows", expected, brief(given), "a tape has no other rows");
  };
  const ops: Ops<RecordedHandles> = {
    embed: (dst, table, _ids, some, scale) =>
      tape.push({ op: "embed", dst, table, rows: name(some), scale }),
    rmsNorm: (dst, x, weight, some, eps) =>
      tape.push({ op: "rmsNorm", dst, x, weight, rows: name(some), eps }),
    matmul: (dst, x, weight, some) => tape.push({ op: "matmul", dst, x, weight, rows: name(some) }),
    rope: (dst, x, _spans, heads, headDim, theta) =>
      tape.push({ op: "rope", dst, x, heads, headDim, theta }),
    kvWrite: (layer, k, v) => tape.push({ op: "kvWrite", layer, k, v }),
    attention: (dst, q, layer, _spans, scale) =>
      tape.push({ op: "attention", dst, q, layer, scale }),
    geglu: (dst, gate, up, some) => tape.push({ op: "geglu", dst, gate, up, rows: name(some) }),
    add: (dst, x, y, some) => tape.push({ op: "add", dst, x, y, rows: name(some) }),
  };
  return { ops, rows, spans, logitRows, tape };
}

/** What the names on a tape stand for when it is replayed. */
export interface Bindings<Dev extends Handles> {
  /** The tensor of that name on the tape. */
  tensor(name: string): Dev["tensor"];
  /** The weight of that name. */
  weight(name: string): Dev["weight"];
  /** The ids of the pass. */
  readonly ids: Dev["ids"];
  /** All rows of the pass. */
  readonly rows: Rows;
  /** Its sequences, which cover the rows. */
  readonly spans: readonly Span<Dev["kv"]>[];
  /** The rows of which logits are wanted. */
  readonly logitRows: readonly Rows[];
}

/** Runs one step of a tape on `ops`. */
export function runStep<Dev extends Handles>(
  step: Step,
  ops: Ops<Dev>,
  { tensor, weight, ids, rows, spans, logitRows }: Bindings<Dev>,
): void {
  const each = (name: RowsName, run: (rows: Rows) => void) =>
    (name === "logits" ? logitRows : [rows]).forEach(run);
  switch (step.op) {
    case "embed": {
      const { dst, table, scale } = step;
      each(step.rows, (r) => ops.embed(tensor(dst), weight(table), ids, r, scale));
      break;
    }
    case "rmsNorm": {
      const { dst, x, eps } = step;
      each(step.rows, (r) => ops.rmsNorm(tensor(dst), tensor(x), weight(step.weight), r, eps));
      break;
    }
    case "matmul": {
      const { dst, x } = step;
      each(step.rows, (r) => ops.matmul(tensor(dst), tensor(x), weight(step.weight), r));
      break;
    }
    case "rope":
      ops.rope(tensor(step.dst), tensor(step.x), spans, step.heads, step.headDim, step.theta);
      break;
    case "kvWrite":
      ops.kvWrite(step.layer, tensor(step.k), tensor(step.v), spans);
      break;
    case "attention":
      ops.attention(tensor(step.dst), tensor(step.q), step.layer, spans, step.scale);
      break;
    case "geglu": {
      const { dst, gate, up } = step;
      each(step.rows, (r) => ops.geglu(tensor(dst), tensor(gate), tensor(up), r));
      break;
    }
    case "add": {
      const { dst, x, y } = step;
      each(step.rows, (r) => ops.add(tensor(dst), tensor(x), tensor(y), r));
      break;
    }
    default:
      step satisfies never;
  }
}
