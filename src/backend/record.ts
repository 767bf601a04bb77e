/**
 * The recording backend: its tensors are names and its kernels write down what they were asked, so
 * that running the forward pass once against it yields the program as data, a *tape*.
 *
 * Rows stay symbolic: a step says `"span"` or `"logits"`, never a number, so one tape serves any
 * number of rows at any position. It is what a whole-model compiler reads, what runs one kernel at a
 * time in isolation, and what a reader can print. Nobody writes a tape by hand.
 * @module
 */
import type { Handles, Ops, Rows, Span } from "./backend.ts";

/** Handles of the recording backend: the names of tensors and weights. */
export interface RecordedHandles extends Handles {
  tensor: string;
  weight: string;
  kv: "kv";
  ids: "ids";
}

/** Which rows a step works on: all of the span, or those whose logits are asked for. */
export type RowsName = "span" | "logits";

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

/** Symbols to run a program with, and the tape it fills. */
export interface Recorder {
  readonly ops: Ops<RecordedHandles>;
  readonly span: Span;
  readonly logitRows: Rows;
  readonly tape: Step[];
}

/** A fresh tape, and the symbols that write on it. */
export function recorder(): Recorder {
  const tape: Step[] = [];
  // NaN, so that arithmetic on a symbolic span cannot pass for a number.
  const span: Span = { from: Number.NaN, count: Number.NaN, pos: Number.NaN, seq: 0 };
  const logitRows: Rows = { from: Number.NaN, count: Number.NaN };
  const name = (rows: Rows): RowsName => (rows === logitRows ? "logits" : "span");
  const ops: Ops<RecordedHandles> = {
    embed: (dst, table, _ids, rows, scale) =>
      tape.push({ op: "embed", dst, table, rows: name(rows), scale }),
    rmsNorm: (dst, x, weight, rows, eps) =>
      tape.push({ op: "rmsNorm", dst, x, weight, rows: name(rows), eps }),
    matmul: (dst, x, weight, rows) => tape.push({ op: "matmul", dst, x, weight, rows: name(rows) }),
    rope: (dst, x, _span, heads, headDim, theta) =>
      tape.push({ op: "rope", dst, x, heads, headDim, theta }),
    kvWrite: (_kv, layer, k, v) => tape.push({ op: "kvWrite", layer, k, v }),
    attention: (dst, q, _kv, layer, _span, scale) =>
      tape.push({ op: "attention", dst, q, layer, scale }),
    geglu: (dst, gate, up, rows) => tape.push({ op: "geglu", dst, gate, up, rows: name(rows) }),
    add: (dst, x, y, rows) => tape.push({ op: "add", dst, x, y, rows: name(rows) }),
  };
  return { ops, span, logitRows, tape };
}

/** What the names on a tape stand for when it is replayed. */
export interface Bindings<H extends Handles> {
  tensor(name: string): H["tensor"];
  weight(name: string): H["weight"];
  readonly kv: H["kv"];
  readonly ids: H["ids"];
  readonly span: Span;
  readonly logitRows: Rows;
}

/** Runs one step of a tape on `ops`. */
export function runStep<H extends Handles>(step: Step, ops: Ops<H>, bindings: Bindings<H>): void {
  const { tensor, weight, kv, ids, span, logitRows } = bindings;
  const rows = (name: RowsName): Rows => (name === "logits" ? logitRows : span);
  switch (step.op) {
    case "embed":
      ops.embed(tensor(step.dst), weight(step.table), ids, rows(step.rows), step.scale);
      break;
    case "rmsNorm": {
      const { dst, x, eps } = step;
      ops.rmsNorm(tensor(dst), tensor(x), weight(step.weight), rows(step.rows), eps);
      break;
    }
    case "matmul":
      ops.matmul(tensor(step.dst), tensor(step.x), weight(step.weight), rows(step.rows));
      break;
    case "rope":
      ops.rope(tensor(step.dst), tensor(step.x), span, step.heads, step.headDim, step.theta);
      break;
    case "kvWrite":
      ops.kvWrite(kv, step.layer, tensor(step.k), tensor(step.v), span);
      break;
    case "attention":
      ops.attention(tensor(step.dst), tensor(step.q), kv, step.layer, span, step.scale);
      break;
    case "geglu":
      ops.geglu(tensor(step.dst), tensor(step.gate), tensor(step.up), rows(step.rows));
      break;
    case "add":
      ops.add(tensor(step.dst), tensor(step.x), tensor(step.y), rows(step.rows));
      break;
    default:
      step satisfies never;
  }
}
