/**
 * What the exercise `gradcheck` is asked about: functions of the road, each with a way back, some of them wrong.
 * @module
 */
import { type Random, xoshiro128 } from "../../random.ts";
import type { Parts, Row, Twin } from "../parts.ts";
import {
  attentionTwin,
  gegluByErf,
  gegluTwin,
  linearTwin,
  rmsNormTwin,
  rmsNormWithoutMean,
  ropeTwin,
  rowsOf,
  softmaxTwin,
  softmaxWithoutSum,
  tableTwin,
  thirds,
} from "./backward.ts";

/** Twins that are asked about in one call, and those of them that are wrong. */
export interface TwinSet {
  readonly twins: readonly Twin[];
  readonly wrong: readonly string[];
}

/** Makes a twin anew, as a function may spoil its arrays. */
type Make = () => Twin;

/** Where a token stands, and its base: an angle at which forwards and backwards differ. */
const [POS, THETA, EPS] = [3, 100, 1e-6];

/** The sets, made anew. The third has one gradient that is huge, and one that is tiny. */
export function twinSets(right: Parts): readonly TwinSet[] {
  const { rmsNorm, softmax, rope, geglu, linear, attention } = right;
  const draw = drawing(xoshiro128(10));
  const weight = draw(8);
  const W = rowsOf(draw(15), 5);
  const [TOKENS, H, D, ID] = [3, 4, 4, 2];

  const norm = (backward: Twin["backward"], scale = 1) =>
    twin("rmsNorm", 8, 8, (x) => rmsNorm(x, weight, EPS), backward, scale);
  const gated = (backward: Twin["backward"]) =>
    twin("geglu", 16, 8, (x) => geglu(x.slice(0, 8), x.slice(8)), backward);
  const shares = (backward: Twin["backward"]) => twin("softmax", 6, 6, softmax, backward);
  const turned = (backward: Twin["backward"], scale = 1) =>
    twin("rope", 8, 8, (x) => rope(x, POS, THETA), backward, scale);
  const head = twin(
    "attention",
    3 * TOKENS * H,
    TOKENS * H,
    (x) => {
      const [q, k, v] = thirds(x).map((part) => rowsOf(part, H));
      return Float64Array.from(attention(q, k, v, 0).flatMap((row) => [...row]));
    },
    attentionTwin(TOKENS),
  );
  const projected = twin("linear", 5, 3, (x) => linear(x, W), linearTwin(W));
  const tied = (halves: "both" | "output") =>
    twin(
      "table",
      5 * D,
      5,
      (x) => {
        const table = rowsOf(x, D);
        return linear(right.embed(ID, table), table);
      },
      tableTwin(ID, D, halves),
    );

  /** Numbers of size ½ to 2, so that none is lost beside another. */
  function twin(
    name: string,
    inputs: number,
    outputs: number,
    forward: Twin["forward"],
    backward: Twin["backward"],
    scale = 1,
  ): Make {
    const [x, dy] = [draw(inputs), draw(outputs).map((slope) => slope * scale)];
    return () => ({ name, forward, backward, x: x.slice(), dy: dy.slice() });
  }

  const all = (wrong: readonly string[], ...makes: readonly Make[]): TwinSet => ({
    get twins() {
      return makes.map((make) => make());
    },
    wrong,
  });
  return [
    all(
      ["rmsNorm", "geglu"],
      norm(rmsNormWithoutMean(weight, EPS)),
      shares(softmaxTwin(softmax)),
      turned(ropeTwin(POS, THETA)),
      gated(gegluByErf),
      tied("both"),
      projected,
    ),
    all(
      ["softmax", "rope", "table"],
      norm(rmsNormTwin(weight, EPS)),
      shares(softmaxWithoutSum(softmax)),
      turned((dy) => rope(dy, POS, THETA)),
      gated(gegluTwin),
      tied("output"),
      head,
    ),
    all(
      ["rope"],
      norm(rmsNormTwin(weight, EPS), 1e9),
      turned((dy) => rope(dy, POS, THETA), 1e-8),
      projected,
    ),
  ];
}

/** Numbers whose size is from ½ to 2. */
function drawing(random: Random): (count: number) => Row {
  return (count) =>
    new Float64Array(count).map(() => (random() < 0.5 ? -1 : 1) * (0.5 + 1.5 * random()));
}
