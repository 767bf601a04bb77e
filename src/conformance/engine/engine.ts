/**
 * Gemma with parts that can be exchanged: what known bugs and other legitimate ways of computing are run on, and
 * what gives the truth in float64. It has the components of nn/, one after another, with every intermediate
 * kept by its tap name. With its own parts it equals model/forward.ts on the CPU backend, bit for bit.
 *
 * It is slow and holds everything in memory; it is for models of a few million parameters.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { refusals } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { attention } from "../../nn/attention.ts";
import { embed } from "../../nn/embedding.ts";
import { geglu } from "../../nn/geglu.ts";
import { add } from "../../nn/residual.ts";
import { rmsNorm } from "../../nn/rmsnorm.ts";
import { applyRope } from "../../nn/rope.ts";
import { float64, type Precision, zeros } from "../../tensor/precision.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import { fastLinear } from "./fast-linear.ts";
import { LayerCache } from "./layer-cache.ts";
import type { EngineModel, EngineWeight } from "./weights.ts";
import { GEMMA_WIRING, type Rotated, type Wiring } from "./wiring.ts";

/** What is computed with. What is left out is Gemma's own, in float64. */
export interface Parts {
  /** Functions of nn/ that stand in the place of the usual ones. */
  readonly components?: Partial<Components>;
  /** What is joined to what, where that is not as usual. */
  readonly wiring?: Partial<Wiring>;
  /** Where results are rounded. Default float64. */
  readonly precision?: Precision;
  /** Another form of the weights: quantised, say. */
  readonly weights?: (weight: EngineWeight, name: string) => EngineWeight;
}

/** Intermediates by tap name, in the order in which they are computed. */
export type Taps = Map<TapName, NdArray>;

/** Gemma's own components. */
export const NN: Components = {
  embed,
  rmsNorm,
  linear: fastLinear,
  applyRope,
  attention,
  geglu,
  add,
};

/** What a run is told beside its tokens. */
export interface FeedOptions {
  /**
   * Values to go on with, in the place of those computed: each step then starts from the caller's numbers. A
   * result is still what this engine computes.
   */
  readonly given?: ReadonlyMap<TapName, NdArray>;
}

/** One sequence in a model. */
export class Engine {
  readonly #model: EngineModel;
  readonly #nn: Components;
  readonly #wiring: Wiring;
  readonly #precision: Precision;
  readonly #caches: readonly LayerCache[];
  /** Position of the first token, and number of tokens fed since. */
  #start = 0;
  #length = 0;

  constructor(model: EngineModel, { components, wiring, precision = float64 }: Parts = {}) {
    this.#model = model;
    this.#nn = { ...NN, ...components };
    this.#wiring = { ...GEMMA_WIRING, ...wiring };
    this.#precision = precision;
    const { numHiddenLayers, numKeyValueHeads, headDim } = model.config;
    const make = () => new LayerCache(numKeyValueHeads, headDim, precision);
    this.#caches = Array.from({ length: numHiddenLayers }, make);
  }

  /**
   * Feeds `ids` [L] at positions `pos` …, and returns all intermediates of these rows: [L, columns], scores and
   * patterns [N, L, S] over the S positions fed so far. The first feed may begin at any position, with nothing
   * before it; a later one at an earlier position forgets what was fed from there on.
   */
  feed(ids: ArrayLike<number>, pos: number, { given }: FeedOptions = {}): Taps {
    const { config, weights } = this.#model;
    const wiring = this.#wiring;
    const precision = this.#precision;
    const nn = this.#nn;
    const taps: Taps = new Map();
    const put = (name: TapName, value: NdArray): NdArray => {
      taps.set(name, value);
      return given?.get(name) ?? value;
    };
    const norm = (x: NdArray, { gain, normOffset }: EngineWeight, prefix: string): NdArray => {
      putNormTaps(taps, prefix, x, precision, (square) =>
        wiring.normDivisor(square, config.rmsNormEps),
      );
      const options = { eps: config.rmsNormEps, normOffset, precision };
      return put(`${prefix}.hook_out` as TapName, nn.rmsNorm(x, gain, options));
    };
    const project = (x: NdArray, { stored }: EngineWeight) => nn.linear(x, stored, { precision });
    const sum = (x: NdArray, y: NdArray) => nn.add(x, y, { precision });
    const past = this.#begin(ids.length, pos);

    const table = weights.embedTokens.stored;
    taps.set("embed.hook_lookup", nn.embed(ids, table, { precision }));
    const scale = wiring.embedScale(config);
    let x = put("hook_embed", nn.embed(ids, table, { scale, precision }));

    weights.layers.forEach((w, layer) => {
      const tap = (name: string) => `blocks.${layer}.${name}` as TapName;
      const attend = (input: NdArray): NdArray => {
        const q = put(tap("attn.hook_q"), project(input, w.qProj));
        const k = put(tap("attn.hook_k"), project(input, w.kProj));
        const v = put(tap("attn.hook_v"), project(input, w.vProj));
        taps.set(tap("attn.hook_qkv"), sideBySide([q, k, v], precision));
        const rotQ = put(tap("attn.hook_rot_q"), this.#rotated("q", q, pos));
        const rotK = put(tap("attn.hook_rot_k"), this.#rotated("k", k, pos));
        const values = wiring.rotates.includes("v") ? this.#rotated("v", v, pos) : v;
        const keys = wiring.caches === "rotated keys" ? rotK : k;
        this.#caches[layer].append(keys, values);
        const z = put(tap("attn.hook_z"), this.#attention(layer, rotQ, past, taps, tap));
        return put(tap("hook_attn_out"), project(z, w.oProj));
      };
      const mlp = (input: NdArray): NdArray => {
        const gate = put(tap("mlp.hook_pre"), project(input, w.gateProj));
        const up = put(tap("mlp.hook_pre_linear"), project(input, w.upProj));
        const gated = put(tap("mlp.hook_post"), nn.geglu(gate, up, { precision }));
        return put(tap("hook_mlp_out"), project(gated, w.downProj));
      };
      taps.set(tap("hook_resid_pre"), x);
      const [norm1, norm2] = [w.inputLayernorm, w.postAttentionLayernorm];
      if (wiring.norms === "pre") {
        const mid = put(tap("hook_resid_mid"), sum(x, attend(norm(x, norm1, tap("ln1")))));
        x = put(tap("hook_resid_post"), sum(mid, mlp(norm(mid, norm2, tap("ln2")))));
      } else {
        const mid = put(tap("hook_resid_mid"), norm(sum(x, attend(x)), norm1, tap("ln1")));
        x = put(tap("hook_resid_post"), norm(sum(mid, mlp(mid)), norm2, tap("ln2")));
      }
    });

    const final = wiring.finalNorm
      ? norm(x, weights.norm, "ln_final")
      : put("ln_final.hook_out", x);
    const logits = project(final, weights.lmHead ?? weights.embedTokens);
    wiring.finish(logits, config);
    taps.set("logits", logits);
    return taps;
  }

  /** Makes room for L tokens at `pos` → how many positions lie before them. */
  #begin(L: number, pos: number): number {
    if (this.#length === 0) this.#start = pos;
    const index = pos - this.#start;
    if (index < 0 || index > this.#length) {
      const last = this.#start + this.#length;
      throw refusals("feed").argument("pos", `a position from ${this.#start} to ${last}`, pos);
    }
    const past = this.#wiring.rewinds ? index : this.#length;
    for (const cache of this.#caches) cache.truncate(past);
    this.#length = past + L;
    return past;
  }

  #rotated(name: Rotated, x: NdArray, pos: number): NdArray {
    const { headDim: H, ropeTheta: theta } = this.#model.config;
    const { rotates, position } = this.#wiring;
    if (!rotates.includes(name)) return x;
    const [L, columns] = x.shape;
    const y = zeros([L, columns], this.#precision);
    for (let l = 0; l < L; l++) {
      const row = (t: NdArray) => tensor(t.data, [1, columns / H, H], t.offset + l * columns);
      const options = { theta, precision: this.#precision, out: row(y) };
      this.#nn.applyRope(row(x), position(pos + l, l), options);
    }
    return y;
  }

  #attention(
    layer: number,
    rotQ: NdArray,
    past: number,
    taps: Taps,
    tap: (name: string) => TapName,
  ): NdArray {
    const { config } = this.#model;
    const { numAttentionHeads: N, headDim: H } = config;
    const precision = this.#precision;
    const { keys, values } = this.#caches[layer];
    const [L] = rotQ.shape;
    const [S] = keys.shape;
    const scores = zeros([N, L, S], precision);
    scores.data.fill(Number.NEGATIVE_INFINITY); // stays where the mask hides
    const pattern = zeros([N, L, S], precision);
    const scale = this.#wiring.attentionScale(config);
    const q = tensor(rotQ.data, [L, N, H], rotQ.offset);
    const options = { pos: past, scale, precision, scores, pattern };
    const z = this.#nn.attention(q, keys, values, options);
    taps.set(tap("attn.hook_attn_scores"), scores);
    taps.set(tap("attn.hook_pattern"), pattern);
    return tensor(z.data, [L, N * H]);
  }
}

/** √(mean(x²) + ε) [L, 1], and x divided by it [L, D]. */
function putNormTaps(
  taps: Taps,
  prefix: string,
  x: NdArray,
  precision: Precision,
  divisor: (meanSquare: number) => number,
): void {
  const [L, D] = x.shape;
  const scale = zeros([L, 1], precision);
  const normalized = zeros([L, D], precision);
  for (let l = 0; l < L; l++) {
    let sumOfSquares = 0;
    for (let d = 0; d < D; d++) sumOfSquares += x.get(l, d) ** 2;
    scale.set(l, 0, precision.round(divisor(sumOfSquares / D)));
    for (let d = 0; d < D; d++) {
      normalized.set(l, d, precision.round(x.get(l, d) / scale.get(l, 0)));
    }
  }
  taps.set(`${prefix}.hook_scale` as TapName, scale);
  taps.set(`${prefix}.hook_normalized` as TapName, normalized);
}

/** Tensors of equal L, concatenated along their last axis. */
function sideBySide(parts: readonly NdArray[], precision: Precision): NdArray {
  const [L] = parts[0].shape;
  const columns = parts.reduce((total, { shape }) => total + shape[1], 0);
  const whole = zeros([L, columns], precision);
  let at = 0;
  for (const part of parts) {
    for (let l = 0; l < L; l++) {
      for (let c = 0; c < part.shape[1]; c++) whole.set(l, at + c, part.get(l, c));
    }
    at += part.shape[1];
  }
  return whole;
}
