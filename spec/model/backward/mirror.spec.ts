/** The backward page against the tape of the forward page: each step of the one is answered by its twin in the other. */
import { describe, expect, it } from "vitest";
import type { BackwardOps } from "../../../src/backend/backward.ts";
import { type RecordedHandles, recorder } from "../../../src/backend/record.ts";
import { GEMMA_2B, GEMMA_7B } from "../../../src/config.ts";
import { backward } from "../../../src/model/backward/backward.ts";
import { forwardTape } from "../../../src/model/tape.ts";
import { mapWeights } from "../../../src/model/weights/weights.ts";

/** What the page asks of the twins, in order: the twin, and the intermediates whose gradients it reads and makes. */
function calls(config: typeof GEMMA_2B): string[] {
  const { rows, spans } = recorder();
  const found: string[] = [];
  const note = (twin: string, from: string, ...to: string[]) => {
    found.push(`${twin} ${from} → ${to.join(", ")}`);
  };
  const ops: BackwardOps<RecordedHandles> = {
    matmulInput: (dx, dy, weight, _, add) =>
      note(`matmul ${weight}`, dy, `${dx}${add ? " +" : ""}`),
    matmulWeight: (dWeight, dy, x) => note(`weight ${dWeight}`, dy, x),
    rmsNorm: (dx, dy, x, weight, _, __, { dWeight, plus }) =>
      note(`rmsNorm ${weight} ${dWeight} of ${x}`, `${dy}${plus ? ` and ${plus}` : ""}`, dx),
    rope: (dx, dy) => note("rope", dy, dx),
    attention: (dq, dk, dv, dz) => note("attention", dz, dq, dk, dv),
    geglu: (dGate, dUp, dy) => note("geglu", dy, dGate, dUp),
    embed: (dTable, _, dx) => note(`embed ${dTable}`, dx),
    head: () => note("head", "", ""),
  };
  const names = mapWeights(config, ({ name }) => name);
  backward<RecordedHandles>({
    config,
    ops,
    weights: names,
    weightGradients: names,
    slots: (name) => name,
    gradients: (name) => name,
    ids: "ids",
    rows,
    spans,
    embedScale: 1,
  });
  return found;
}

/** The tape read backwards, each step as its twin would be called. Residual additions hand their gradient on. */
function answers(config: typeof GEMMA_2B): string[] {
  const tape = [...forwardTape(config, 1)].reverse();
  const found: string[] = [];
  const same = new Map<string, string>(); // what has the same gradient as what
  const of = (name: string) => same.get(name) ?? name;
  const reached = new Set<string>();
  let past: string | undefined; // the gradient that goes past a norm along the stream
  for (const step of tape) {
    switch (step.op) {
      case "matmul": {
        if (step.dst === "logits") break; // the loss's: nn/loss/cross-entropy-head.ts
        found.push(
          `matmul ${step.weight} ${of(step.dst)} → ${step.x}${reached.has(step.x) ? " +" : ""}`,
        );
        found.push(`weight ${step.weight} ${of(step.dst)} → ${step.x}`);
        reached.add(step.x);
        break;
      }
      case "add":
        same.set(step.y, step.dst);
        past = step.dst;
        break;
      case "rmsNorm": {
        const more = past ? ` and ${past}` : "";
        found.push(
          `rmsNorm ${step.weight} ${step.weight} of ${step.x} ${step.dst}${more} → ${step.x}`,
        );
        break;
      }
      case "rope":
        found.push(`rope ${step.dst} → ${step.x}`);
        break;
      case "kvWrite":
        break; // its gradients are attention's
      case "attention": {
        const block = step.q.replace("hook_rot_q", "");
        found.push(`attention ${step.dst} → ${step.q}, ${block}hook_rot_k, ${block}hook_v`);
        break;
      }
      case "geglu":
        found.push(`geglu ${step.dst} → ${step.gate}, ${step.up}`);
        break;
      case "embed":
        found.push(`embed ${step.table} ${step.dst} → `);
        break;
    }
  }
  return found;
}

describe("the backward page", () => {
  it.each([
    ["2B", GEMMA_2B],
    ["7B", GEMMA_7B],
  ])("answers each step of the forward pass of the %s by its twin", (_, config) => {
    // Within what one tensor is read by, the order is free: the page takes the first projection first.
    const sorted = (all: string[]) => [...all].sort();
    const [ours, theirs] = [calls(config), answers(config)];
    const withoutPlus = (all: string[]) => sorted(all.map((call) => call.replace(/ \+$/, "")));
    expect(withoutPlus(ours)).toEqual(withoutPlus(theirs));
    // Of several that add to one gradient, exactly the first writes it.
    for (const all of [ours, theirs]) {
      const written = new Set<string>();
      for (const call of all.filter((one) => one.startsWith("matmul"))) {
        const [, into, plus] = /→ (\S+)( \+)?$/.exec(call) ?? [];
        expect(plus !== undefined, call).toBe(written.has(into));
        written.add(into);
      }
    }
  });
});
