#!/usr/bin/env python3
"""Gemma 1 in NumPy, as a testee of the conformance suite: gemma-reference verify -- python3 numpy_engine.py

The protocol is in README.md beside this file. For an engine of your own, keep the last part, and put your functions in
the place of the first. --float32 computes in float32, --bug ID with a bug that the suite knows. In shapes: L rows fed
now, S positions in the cache, D hidden_size, N heads, K key-value heads, H head_dim, V vocabulary.
"""
import argparse, base64, json, math, struct, sys
import numpy as np

arguments = argparse.ArgumentParser()
arguments.add_argument("--float32", action="store_true")
arguments.add_argument("--bug", choices=["rope-interleaved", "gelu-erf", "norm-eps-outside-root"])
options = arguments.parse_args()
BUG, REAL = options.bug, np.float32 if options.float32 else np.float64

# ---- the engine ----

def rms_norm(x, weight, eps, offset=1):
    """x / sqrt(mean(x^2) + eps) * (offset + weight), [L,D]; also the divisor [L,1], and x divided by it."""
    square, eps = np.mean(x * x, axis=-1, keepdims=True), REAL(eps)
    scale = np.sqrt(square) + eps if BUG == "norm-eps-outside-root" else np.sqrt(square + eps)
    return scale, x / scale, x / scale * (REAL(offset) + weight)

def rope(x, pos, heads, theta):
    """Turns x[i] and x[i + H/2] of each head by the angle position * theta^(-2i/H). [L,heads*H]"""
    x, H = x.reshape(len(x), heads, -1), x.shape[1] // heads
    frequency = REAL(1) / REAL(theta) ** (np.arange(0, H, 2, dtype=REAL) / REAL(H))
    angle = (np.arange(pos, pos + len(x), dtype=REAL)[:, None] * frequency)[:, None, :]
    first, second = np.s_[..., :H // 2], np.s_[..., H // 2:]
    if BUG == "rope-interleaved":
        first, second = np.s_[..., ::2], np.s_[..., 1::2]
    cos, sin, y = np.cos(angle), np.sin(angle), np.empty_like(x)
    y[first], y[second] = x[first] * cos - x[second] * sin, x[second] * cos + x[first] * sin
    return y.reshape(len(x), -1)

def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)

def attention(q, k, v, past, heads, kv_heads, scale):
    """Row l sees keys 0 to past + l. q [L,N*H], k and v [S,K*H] -> scores and pattern [N,L,S], z [L,N*H]"""
    by_head = lambda x, count: x.reshape(len(x), count, -1).swapaxes(0, 1)
    keys, values = (np.repeat(by_head(x, kv_heads), heads // kv_heads, axis=0) for x in (k, v))
    seen = np.arange(len(k)) <= past + np.arange(len(q))[:, None]
    scores = np.where(seen, by_head(q, heads) * REAL(scale) @ keys.swapaxes(1, 2), REAL(-np.inf))
    pattern = softmax(scores)
    return scores, pattern, (pattern @ values).swapaxes(0, 1).reshape(q.shape)

def geglu(gate, up):
    inner = REAL(math.sqrt(2 / math.pi)) * (gate + REAL(0.044715) * gate ** 3)
    curve = np.vectorize(math.erf, otypes=[REAL])(gate / math.sqrt(2)) if BUG == "gelu-erf" else np.tanh(inner)
    return REAL(0.5) * gate * (1 + curve) * up

class Model:
    def __init__(self, config, path):
        self.config, self.weights = config, read_safetensors(path + "/model.safetensors")
        self.reset()

    def reset(self):
        empty = np.empty((0, self.config["num_key_value_heads"] * self.config["head_dim"]), REAL)
        self.start, self.cache = None, [(empty, empty)] * self.config["num_hidden_layers"]

    def forward(self, ids, pos):
        """Feeds ids at pos, pos + 1, ...; what was fed from pos on is forgotten. Gives every tap by its name."""
        c, taps = self.config, {}
        N, K, H, theta = (c[key] for key in ("num_attention_heads", "num_key_value_heads", "head_dim", "rope_theta"))
        self.start = pos if self.start is None else self.start
        past = pos - self.start
        put = lambda name, value: taps.setdefault(name, value)

        def norm(x, weight, tap):
            values = rms_norm(x, self.weights[weight + ".weight"], c["rms_norm_eps"])
            return [put(f"{tap}.hook_{name}", y) for name, y in zip(("scale", "normalized", "out"), values)][-1]

        table = self.weights["model.embed_tokens.weight"]
        x = put("hook_embed", put("embed.hook_lookup", table[ids]) * REAL(math.sqrt(c["hidden_size"])))
        for i in range(c["num_hidden_layers"]):
            layer, tap = f"model.layers.{i}.", f"blocks.{i}."
            linear = lambda name, x, weight: put(tap + name, x @ self.weights[f"{layer}{weight}_proj.weight"].T)
            y = norm(put(tap + "hook_resid_pre", x), layer + "input_layernorm", tap + "ln1")
            q, k, v = (linear("attn.hook_" + name, y, "self_attn." + name) for name in "qkv")
            put(tap + "attn.hook_qkv", np.concatenate([q, k, v], axis=1))
            q = put(tap + "attn.hook_rot_q", rope(q, pos, N, theta))
            k = put(tap + "attn.hook_rot_k", rope(k, pos, K, theta))
            k, v = self.cache[i] = [np.concatenate([old[:past], new]) for old, new in zip(self.cache[i], (k, v))]
            for name, value in zip(("attn_scores", "pattern", "z"), attention(q, k, v, past, N, K, H ** -0.5)):
                put(tap + "attn.hook_" + name, value)
            x = put(tap + "hook_resid_mid", x + linear("hook_attn_out", value, "self_attn.o"))
            y = norm(x, layer + "post_attention_layernorm", tap + "ln2")
            y = geglu(linear("mlp.hook_pre", y, "mlp.gate"), linear("mlp.hook_pre_linear", y, "mlp.up"))
            x = put(tap + "hook_resid_post", x + linear("hook_mlp_out", put(tap + "mlp.hook_post", y), "mlp.down"))
        put("logits", norm(x, "model.norm", "ln_final") @ table.T)
        return taps

# ---- files and messages ----

def read_safetensors(path):
    """The length of a header as 8 bytes, the header in JSON, and the numbers. These files hold float32."""
    data = open(path, "rb").read()
    head = 8 + struct.unpack("<Q", data[:8])[0]
    entries = {name: entry for name, entry in json.loads(data[8:head]).items() if name != "__metadata__"}
    numbers = lambda begin, end: np.frombuffer(data[head + begin:head + end], "<f4").astype(REAL)
    return {name: numbers(*e["data_offsets"]).reshape(e["shape"]) for name, e in entries.items()}

def decoded(array):
    data = np.frombuffer(base64.b64decode(array["base64"]), np.dtype(array["dtype"]).newbyteorder("<"))
    return data.reshape(array["shape"]).astype(int if array["dtype"] == "int32" else REAL)

def encoded(x):
    return {"shape": x.shape, "dtype": x.dtype.name, "base64": base64.b64encode(x.tobytes()).decode()}

OPS = {
    "embed": lambda table, ids, scale: table[ids] * REAL(scale),
    "rmsNorm": lambda x, weight, eps, normOffset: rms_norm(x, weight, eps, normOffset)[2],
    "matmul": lambda x, weight: x @ weight.T,
    "rope": lambda x, pos, heads, headDim, theta: rope(x, pos, heads, theta),
    "attention": lambda q, k, v, pos, heads, kvHeads, headDim, scale: attention(q, k, v, pos, heads, kvHeads, scale),
    "geglu": geglu,
    "add": lambda x, y: x + y,
    "mlp": lambda x, gateProj, upProj, downProj: geglu(x @ gateProj.T, x @ upProj.T) @ downProj.T,
    "softmax": softmax,
    "logits": lambda x, weight, table, eps, normOffset: rms_norm(x, weight, eps, normOffset)[2] @ table.T,
}
model = None
for line in sys.stdin:
    request = json.loads(line)
    what, answer = request["do"], {}
    if what == "bye":
        break
    try:
        if what == "hello":
            answer = {"name": "NumPy", "version": np.__version__, "accuracy": REAL.__name__}
        elif what == "load":
            model = Model(request["config"], request["path"])
        elif what == "reset":
            model.reset()
        elif what == "forward":
            taps = model.forward(request["ids"], request["pos"])
            answer = {"taps": {name: encoded(taps[name]) for name in request["taps"] if name in taps}}
        elif what == "op" and request["op"] in OPS:
            inputs = {name: decoded(array) for name, array in request["inputs"].items()}
            out = OPS[request["op"]](**inputs, **request["attrs"])
            taps = dict(zip(("scores", "pattern", "out"), out)) if request["op"] == "attention" else {"out": out}
            answer = {"taps": {name: encoded(x) for name, x in taps.items()}}
        else:
            answer = {"skip": "not done by this engine"}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps({"seq": request["seq"], **answer}), flush=True)
