/**
 * The units of one MLP at one token, and what one of them writes. GELU with erf is a known bug of the conformance suite.
 *
 *     adds[d] = down[d, unit] · post[unit]
 *     by[v]   = Σ_d adds[d] / scale · (1 + weight[d]) · table[v, d]
 *
 * with the last norm's scale held as it is: a unit's own part in it is left out.
 * @module
 */
import { GELU_MUTANTS } from "../../../../../src/conformance/mutants/gelu.ts";
import { geglu, gelu } from "../../../../../src/nn/geglu.ts";
import { linear } from "../../../../../src/nn/linear.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { tokenOf } from "../../answers/lens-rows.ts";
import { gainOf, normRow } from "../../answers/norms.ts";
import { asRow, rowOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import type { Geglu, GegluQuestion, Push } from "./question.ts";

/** Points of a curve. */
const POINTS = 241;
/** Tokens that are raised, and that are lowered. */
const TOKENS = 5;

export async function gegluOf(
  subject: Subject,
  { prompt, pos, layer, unit }: GegluQuestion["ask"],
): Promise<Geglu> {
  const run = await subject.run(prompt);
  const tap = (name: string) => rowOf(run.cache.get(`blocks.${layer}.mlp.hook_${name}`), pos);
  const [gate, up, post] = ["pre", "pre_linear", "post"].map(tap);
  const again = rowOf(geglu(asRow(gate), asRow(up), { precision }), 0);
  const difference = erfLessTanh(gate);
  const change = difference.map((value, f) => Math.abs(value * up[f]));
  const by = Math.max(...change);

  const [low, high] = [Math.min(...gate), Math.max(...gate)];
  const x = Float64Array.from(
    { length: POINTS },
    (_, i) => low + ((high - low) * i) / (POINTS - 1),
  );

  const down = await subject.weight(`model.layers.${layer}.mlp.down_proj.weight`);
  const D = down.shape[0];
  const adds = Float64Array.from({ length: D }, (_, d) => down.get(d, unit) * post[unit]);
  const { scale, weight } = await normRow(subject, run, pos, 2 * subject.info.layers);
  const gain = gainOf(weight);
  const pushes = rowOf(
    linear(asRow(adds.map((value, d) => (value / scale) * gain[d])), subject.head, { precision }),
    0,
  );
  const ids = [...pushes.keys()].sort((a, b) => pushes[b] - pushes[a]);
  const push = (id: number): Push => ({ token: tokenOf(subject, id), by: pushes[id] });
  return {
    ...{ prompt, pos, layer, gate, up, post, unit, adds, scale, difference },
    opened: gate.map(gelu),
    isTap: again.every((value, f) => value === post[f]),
    most: { unit: change.indexOf(by), by },
    curve: { x, tanh: x.map(gelu), difference: erfLessTanh(x) },
    raises: ids.slice(0, TOKENS).map(push),
    lowers: ids.slice(-TOKENS).reverse().map(push),
  };
}

const ERF = GELU_MUTANTS.find(({ id }) => id === "gelu-erf")?.parts.components?.geglu ?? geglu;

/** The suite's bug is a whole GeGLU: with an up of 1 it is its GELU. */
function erfLessTanh(x: Float64Array): Float64Array {
  const ones = asRow(new Float64Array(x.length).fill(1));
  const erf = rowOf(ERF(asRow(x), ones, { precision }), 0);
  return erf.map((value, i) => value - gelu(x[i]));
}
