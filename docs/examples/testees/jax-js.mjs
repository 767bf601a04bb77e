/**
 * Gemma 1 on the arrays of jax-js, as a testee of the conformance suite: a third party's kernels under test.
 *
 *     npm install gemma-reference @jax-js/jax
 *     npx gemma-reference verify -- node jax-js.mjs
 *
 * jax-js counts references: a function uses its arguments up, and `x.ref` is for one that is needed again. It computes in
 * float32, here by WebAssembly. In shapes: L rows fed now, S positions in the cache, N heads, K key-value heads, H the
 * size of a head.
 */
import { init, nn, numpy as np } from "@jax-js/jax";
import { serveTestee } from "gemma-reference/node";

await init("wasm");

/** x / √(mean(x²) + ε) · (offset + weight); also the divisor, and x divided by it. */
function rmsNorm(x, weight, eps, offset = 1) {
  const scale = np.sqrt(np.mean(np.square(x.ref), -1, { keepdims: true }).add(eps));
  const normalized = x.div(scale.ref);
  return { scale, normalized, out: normalized.ref.mul(weight.add(offset)) };
}

/** Turns x[i] and x[i + H/2] of each head by the angle position · θ^(−2i/H). [L, heads·H] */
function rope(x, pos, heads, theta) {
  const [L, half] = [x.shape[0], x.shape[1] / heads / 2];
  const angle = (at) => (pos + Math.floor(at / half)) * theta ** (-(at % half) / half);
  // Not by np.cos and np.sin: at angles of hundreds they are off by more than float32 is.
  const [cos, sin] = [Math.cos, Math.sin].map((f) => {
    const table = Float32Array.from({ length: L * half }, (_, at) => f(angle(at)));
    return np.array(table).reshape([L, 1, half]);
  });
  const [a, b] = np.split(x.reshape([L, heads, 2 * half]), 2, -1);
  const first = a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref));
  return np.concatenate([first, b.mul(cos).add(a.mul(sin))], -1).reshape([L, heads * 2 * half]);
}

/** Row l sees keys 0 to pos + l. q [L, N·H], k and v [S, K·H] → scores and pattern [N, L, S], out [L, N·H] */
function attention({ q, k, v }, { pos, heads: N, kvHeads: K, scale }) {
  const [L, S, H] = [q.shape[0], k.shape[0], k.shape[1] / K];
  const groups = np.permuteDims(q.mul(scale).reshape([L, K, N / K, H]), [1, 2, 0, 3]);
  const [keys, values] = [k, v].map((x) => np.moveaxis(x.reshape([S, K, 1, H]), 0, 2));
  const rows = np.arange(L).add(pos).reshape([L, 1]);
  const all = np.matmul(groups, np.matrixTranspose(keys)); // [K, N/K, L, S]
  const scores = np.where(np.lessEqual(np.arange(S), rows), all, Number.NEGATIVE_INFINITY);
  const pattern = nn.softmax(scores.ref, -1);
  const z = np.permuteDims(np.matmul(pattern.ref, values), [2, 0, 1, 3]).reshape([L, N * H]);
  return { scores: scores.reshape([N, L, S]), pattern: pattern.reshape([N, L, S]), out: z };
}

const linear = (x, weight) => np.inner(x, weight); // the weight lies [out, in]
const geglu = (gate, up) => nn.gelu(gate, { approximate: true }).mul(up);
const embed = (table, ids) => np.take(table, np.array(Int32Array.from(ids)), 0);
const OPS = {
  embed: ({ table, ids }, { scale }) => embed(table, ids.js()).mul(scale),
  rmsNorm: ({ x, weight }, { eps, normOffset }) => rmsNorm(x, weight, eps, normOffset).out,
  matmul: ({ x, weight }) => linear(x, weight),
  rope: ({ x }, { pos, heads, theta }) => rope(x, pos, heads, theta),
  attention,
  geglu: ({ gate, up }) => geglu(gate, up),
  add: ({ x, y }) => x.add(y),
  mlp: ({ x, gateProj, upProj, downProj }) =>
    linear(geglu(linear(x.ref, gateProj), linear(x, upProj)), downProj),
  softmax: ({ x }) => nn.softmax(x, -1),
  logits: ({ x, weight, table }, { eps, normOffset }) =>
    linear(rmsNorm(x, weight, eps, normOffset).out, table),
};

/** The model, and the keys and values of each layer, [S, K·H] each, from position `start` on. */
let [config, weights, cache, start] = [];

/** What is fed at `pos` takes the place of what was fed from there on → the taps that are wanted. */
function forward(ids, pos, wanted) {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, ropeTheta: theta } = config;
  start ??= pos;
  const past = pos - start;
  const taps = new Map();
  const put = (name, x) => {
    if (wanted.includes(name)) taps.set(name, x.ref);
    return x;
  };
  const weight = (name) => weights.get(`${name}.weight`).ref;
  const norm = (x, name, tap) => {
    const { out, ...rest } = rmsNorm(x, weight(name), config.rmsNormEps);
    for (const [part, y] of Object.entries(rest)) put(`${tap}.hook_${part}`, y).dispose();
    return put(`${tap}.hook_out`, out);
  };
  let x = put("embed.hook_lookup", embed(weight("model.embed_tokens"), ids));
  x = put("hook_embed", x.mul(Math.sqrt(config.hiddenSize)));
  for (let i = 0; i < config.numHiddenLayers; i++) {
    const [layer, tap] = [`model.layers.${i}`, `blocks.${i}`];
    const project = (name, y, of) =>
      put(`${tap}.${name}`, linear(y, weight(`${layer}.${of}_proj`)));
    let y = put(`${tap}.hook_resid_pre`, x.ref);
    y = norm(y, `${layer}.input_layernorm`, `${tap}.ln1`);
    const q = project("attn.hook_q", y.ref, "self_attn.q");
    const k = project("attn.hook_k", y.ref, "self_attn.k");
    const v = project("attn.hook_v", y, "self_attn.v");
    put(`${tap}.attn.hook_qkv`, np.concatenate([q.ref, k.ref, v.ref], 1)).dispose();
    const rotQ = put(`${tap}.attn.hook_rot_q`, rope(q, pos, N, theta));
    const rotK = put(`${tap}.attn.hook_rot_k`, rope(k, pos, K, theta));
    cache[i] = [rotK, v].map((rows, j) =>
      past === 0 ? rows : np.concatenate([cache[i][j].slice([0, past]), rows], 0),
    );
    const inputs = { q: rotQ, k: cache[i][0].ref, v: cache[i][1].ref };
    const sizes = { pos: past, heads: N, kvHeads: K, scale: H ** -0.5 };
    const { scores, pattern, out } = attention(inputs, sizes);
    put(`${tap}.attn.hook_attn_scores`, scores).dispose();
    put(`${tap}.attn.hook_pattern`, pattern).dispose();
    y = project("hook_attn_out", put(`${tap}.attn.hook_z`, out), "self_attn.o");
    x = put(`${tap}.hook_resid_mid`, x.add(y));
    y = norm(x.ref, `${layer}.post_attention_layernorm`, `${tap}.ln2`);
    const gate = project("mlp.hook_pre", y.ref, "mlp.gate");
    const up = project("mlp.hook_pre_linear", y, "mlp.up");
    y = project("hook_mlp_out", put(`${tap}.mlp.hook_post`, geglu(gate, up)), "mlp.down");
    x = put(`${tap}.hook_resid_post`, x.add(y));
  }
  x = norm(x, "model.norm", "ln_final");
  put("logits", linear(x, weight("model.embed_tokens"))).dispose();
  return taps;
}

const array = (data, shape) => np.array(data).reshape([...shape]);
async function allNumbers(arrays) {
  for (const [name, x] of arrays) arrays.set(name, { shape: x.shape, data: await x.data() });
  return arrays;
}

await serveTestee({
  info: { name: "jax-js", accuracy: "float32", device: "WebAssembly" },
  async load(model) {
    [config, weights] = [model.config, new Map()];
    for (const [name, source] of model.tensors) {
      const { buffer } = await source.rows(0, source.shape[0]);
      weights.set(name, array(new Float32Array(buffer), source.shape));
    }
    await this.reset();
  },
  async reset() {
    [cache, start] = [[], undefined];
  },
  async forward({ ids, pos }, wanted) {
    return allNumbers(forward(ids, pos, wanted));
  },
  async op({ op, attrs, inputs }) {
    const taken = {};
    for (const [name, x] of inputs) taken[name] = array(Float32Array.from(x.data), x.shape);
    const found = OPS[op](taken, attrs);
    return allNumbers(new Map(Object.entries(op === "attention" ? found : { out: found })));
  },
});
