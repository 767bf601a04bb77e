/**
 * What a part of the model puts into a logit, or into the difference of two: the part times the direction that makes the
 * logit. A head's part is its z times its columns of o_proj: here, as in the library, the columns meet the direction first.
 * @module
 */
import {
  logitDirection,
  scaleOfRow,
} from "../../../../../src/interp/attribution/logit-direction.ts";
import { linear } from "../../../../../src/nn/linear.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import { tensor } from "../../../../../src/tensor/tensor.ts";
import type { CellOf } from "../../cell.ts";
import { pieceText } from "../../format.ts";
import type { Settings } from "../../messages.ts";
import { partAt } from "../../model-part.ts";
import { attributed, type Pair, pairOf } from "../attributed.ts";
import { tokenOf } from "../lens-rows.ts";
import { asRow, productsOf, rowOf } from "../rows.ts";
import { streamTap } from "../streams.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

export async function partFinding(
  subject: Subject,
  run: Run,
  pos: number,
  { part: index }: CellOf<"part">,
  settings: Settings,
): Promise<Found> {
  const { gemma, info } = subject;
  const pair = pairOf(subject, run, pos, settings);
  const { token, against } = pair;
  const library = (await attributed(subject, run, pos, pair)).parts[index].contribution;
  const end = rowOf(run.cache.get(streamTap(2 * info.layers)), pos);
  const scale = scaleOfRow(end, gemma.config.rmsNormEps);
  const direction = await logitDirection(gemma.model, token, against);
  const toLogit = direction.map((x) => x / scale);
  const part = partAt(index, info.heads);
  const name = (id: number) => pieceText(tokenOf(subject, id).piece);
  const towards = against === undefined ? name(token) : `${name(token)} − ${name(against)}`;

  const head = part?.kind === "head" ? part : undefined;
  const tap = head
    ? `blocks.${head.layer}.attn.hook_z`
    : part
      ? `blocks.${part.layer}.hook_mlp_out`
      : "hook_embed";
  const x = head
    ? rowOf((await run.more(tap)).get(tap), pos, head.head)
    : rowOf(run.cache.get(tap), pos);
  const y = head ? await throughColumns(subject, head, toLogit) : toLogit;
  const products = productsOf(x, y);
  const alone = async (id: number) => {
    const { parts } = await attributed(subject, run, pos, { token: id, against: undefined });
    return { label: `to ${name(id)} alone`, value: parts[index].contribution };
  };
  return {
    value: library,
    bars: [
      { label: head ? "z, what the head hands on" : "what the part adds to the stream", values: x },
      {
        label: head ? `its columns of o_proj, towards ${towards}` : `towards ${towards}`,
        values: y,
      },
      { label: `their ${x.length} products`, values: products },
    ],
    steps: [
      { label: "scale of the last norm, held", value: scale },
      ...(against === undefined ? [] : [await alone(token), await alone(against)]),
      { label: "sum of the products", value: linear(asRow(x), asRow(y), { precision }).get(0, 0) },
    ],
    taps: [
      head ? `${tap} [${pos}, ${head.head}, :]` : `${tap} [${pos}, :]`,
      `ln_final.hook_scale [${pos}, 0]`,
    ],
    code: codeOf(run, pos, pair, index),
    check: {
      what: "linear() of both rows",
      again: linear(asRow(x), asRow(y), { precision }).get(0, 0),
      library,
    },
    source: "src/interp/attribution/attribution.ts",
  };
}

/** The place of a token is its position, from the BOS on. */
function codeOf(
  { prompt }: Run,
  position: number,
  { token, against }: Pair,
  index: number,
): string {
  const options = JSON.stringify({ token, against, position });
  return [
    `const { parts } = await gemma.attributeLogit(${JSON.stringify(prompt)}, ${options});`,
    `console.log(parts[${index}]);`,
  ].join("\n");
}

/** Σ_d o_proj[d,h] · toLogit[d], of the head's columns: [H]. */
async function throughColumns(
  subject: Subject,
  { layer, head }: { layer: number; head: number },
  toLogit: Float64Array,
): Promise<Float64Array> {
  const { headDim: H } = subject.info;
  const weight = await subject.weight(`model.layers.${layer}.self_attn.o_proj.weight`);
  const D = toLogit.length;
  const columns = tensor(new Float64Array(H * D), [H, D]);
  for (let h = 0; h < H; h++) {
    for (let d = 0; d < D; d++) columns.set(h, d, weight.get(d, head * H + h));
  }
  return rowOf(linear(asRow(toLogit), columns, { precision }), 0);
}
