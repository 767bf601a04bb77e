/**
 * The same model in jax-js (https://github.com/ekzhang/jax-js), on its WebAssembly backend: forward, and forward with
 * backward, compiled by its `jit`. Each use of an array but the last is a `.ref`, as that library wants it.
 */
import type { GemmaConfig } from "../../src/config.ts";

/** The parts of jax-js that are used; loose, because only bench/peers installs it. */
// biome-ignore lint/suspicious/noExplicitAny: types of a package that is not installed here
type Any = any;

/** A batch of the bench: `sequences` rows of `length` tokens. */
export interface Shape {
  readonly sequences: number;
  readonly length: number;
}

/** A step of jax-js: its loss, in seconds. */
export interface Step {
  forward(ids: Int32Array): Promise<number>;
  step(ids: Int32Array): Promise<number>;
}

/** The model with weights by Hugging Face's names, in float32. */
export async function jaxJsGemma(
  jax: Any,
  config: GemmaConfig,
  weightOf: (name: string) => { data: Float32Array; shape: readonly number[] },
  { sequences: B, length: T }: Shape,
): Promise<Step> {
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { numpy: np, nn, jit, valueAndGrad, blockUntilReady, tree } = jax;
  const { hiddenSize: D, vocabSize: V, numHiddenLayers, headDim: H } = config;
  const { numAttentionHeads: N, numKeyValueHeads: K, rmsNormEps, ropeTheta } = config;
  const R = B * T;
  const arrayOf = (name: string) => {
    const { data, shape } = weightOf(name);
    return np.array(data).reshape([...shape]);
  };
  const layerOf = (i: number) => {
    const of = (name: string) => arrayOf(`model.layers.${i}.${name}.weight`);
    return {
      ln1: of("input_layernorm"),
      q: of("self_attn.q_proj"),
      k: of("self_attn.k_proj"),
      v: of("self_attn.v_proj"),
      o: of("self_attn.o_proj"),
      ln2: of("post_attention_layernorm"),
      gate: of("mlp.gate_proj"),
      up: of("mlp.up_proj"),
      down: of("mlp.down_proj"),
    };
  };
  const params = {
    embed: arrayOf("model.embed_tokens.weight"),
    norm: arrayOf("model.norm.weight"),
    layers: Array.from({ length: numHiddenLayers }, (_, i) => layerOf(i)),
  };
  const half = H / 2;
  const angles = Float32Array.from({ length: T * half }, (_, i) => {
    return Math.floor(i / half) / ropeTheta ** ((2 * (i % half)) / H);
  });
  const table = (f: (x: number) => number) => np.array(angles.map(f)).reshape([1, T, 1, half]);
  const mask = np
    .array(Float32Array.from({ length: T * T }, (_, i) => (i % T <= Math.floor(i / T) ? 0 : -1e30)))
    .reshape([1, 1, T, T]);

  const linear = (x: Any, w: Any) => np.matmul(x, w.transpose([1, 0]));
  const rmsNorm = (x: Any, w: Any) => {
    const mean = np.mean(x.ref.mul(x.ref), -1, { keepdims: true });
    return x.div(np.sqrt(mean.add(rmsNormEps))).mul(w.add(1));
  };
  const rope = (x: Any, heads: number, cos: Any, sin: Any) => {
    const [a, b] = np.split(x.reshape([B, T, heads, H]), 2, -1);
    const left = a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref));
    return np.concatenate([left, b.mul(cos).add(a.mul(sin))], -1);
  };
  const gelu = (x: Any) => {
    const inner = x.ref.add(x.ref.mul(x.ref).mul(x.ref).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(0.5).mul(np.tanh(inner).add(1));
  };
  const block = (x: Any, w: Any, cos: Any, sin: Any, causal: Any) => {
    const normed = rmsNorm(x.ref, w.ln1);
    const q = rope(linear(normed.ref, w.q), N, cos.ref, sin.ref);
    const k = rope(linear(normed.ref, w.k), K, cos, sin);
    const v = linear(normed, w.v).reshape([B, T, K, H]);
    // Products of matrices, as einsum of jax-js 0.1.25 does not run in Node 20. G query heads share a key-value head.
    const G = N / K;
    const byHead = (t: Any, heads: number) => t.reshape([B, T, heads, H]).transpose([0, 2, 1, 3]);
    const queries = byHead(q, N).reshape([B, K, G * T, H]);
    const keys = byHead(k, K).transpose([0, 1, 3, 2]);
    const scores = np.matmul(queries, keys).reshape([B, N, T, T]);
    const pattern = nn.softmax(scores.mul(1 / Math.sqrt(H)).add(causal), -1);
    const mixed = np.matmul(pattern.reshape([B, K, G * T, T]), byHead(v, K));
    const z = mixed.reshape([B, N, T, H]).transpose([0, 2, 1, 3]);
    const mid = x.add(linear(z.reshape([R, N * H]), w.o));
    const normedMid = rmsNorm(mid.ref, w.ln2);
    const gated = gelu(linear(normedMid.ref, w.gate)).mul(linear(normedMid, w.up));
    return mid.add(linear(gated, w.down));
  };
  const lossOf = (p: Any, ids: Any, targets: Any, weights: Any, cos: Any, sin: Any, m: Any) => {
    let x = np.take(p.embed.ref, ids, 0).mul(Math.sqrt(D));
    for (const layer of p.layers) x = block(x, layer, cos.ref, sin.ref, m.ref);
    for (const one of [cos, sin, m]) one.dispose();
    const logits = linear(rmsNorm(x, p.norm), p.embed);
    const logprobs = nn.logSoftmax(logits, -1).mul(nn.oneHot(targets, V));
    return np.sum(np.sum(logprobs, -1).mul(weights)).mul(-1);
  };
  const forward = jit(lossOf);
  const both = jit(valueAndGrad(lossOf));
  const [cos, sin] = [table(Math.cos), table(Math.sin)];

  const inputs = (ids: Int32Array) => {
    const isLast = (i: number) => i % T === T - 1;
    const targets = ids.map((_, i) => (isLast(i) ? 0 : ids[i + 1]));
    const weights = Float32Array.from(ids, (_, i) => (isLast(i) ? 0 : 1 / (R - B)));
    return [np.array(ids), np.array(targets), np.array(weights), cos.ref, sin.ref, mask.ref];
  };
  return {
    async forward(ids) {
      return (await forward(tree.ref(params), ...inputs(ids)).data())[0];
    },
    async step(ids) {
      const [loss, gradients] = both(tree.ref(params), ...inputs(ids));
      await blockUntilReady(gradients);
      tree.dispose(gradients);
      return (await loss.data())[0];
    },
  };
}
