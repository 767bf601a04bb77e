"""The same model in PyTorch: forward, and forward with backward, one after each line on stdin. See step.ts.

python3 torch_gemma.py MODEL.json WEIGHTS THREADS. MODEL.json has config, names and shapes of the weights, and ids.
"""
import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

model = json.load(open(sys.argv[1]))
torch.set_num_threads(int(sys.argv[3]))
c = model["config"]
N, K, H = c["numAttentionHeads"], c["numKeyValueHeads"], c["headDim"]
data = np.fromfile(sys.argv[2], dtype=np.float32)
weights, at = {}, 0
for name, shape in model["weights"]:
    size = int(np.prod(shape))
    values = torch.from_numpy(data[at : at + size].reshape(shape).copy())
    weights[name] = values.requires_grad_()
    at += size
ids = torch.tensor(model["ids"])  # [B, T]
B, T = ids.shape
angle = torch.outer(torch.arange(T).float(), 1 / c["ropeTheta"] ** (torch.arange(0, H, 2).float() / H))
cos, sin = angle.cos()[None, :, None], angle.sin()[None, :, None]
mask = torch.full((T, T), -1e30).triu(1)


def norm(x, w):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + c["rmsNormEps"]) * (1 + w)


def rope(x):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def gelu(x):  # PyTorch 1.13 computes its own tanh approximation as one kernel
    return F.gelu(x, approximate="tanh")


def loss_of():
    embed = weights["model.embed_tokens.weight"]
    x = F.embedding(ids, embed) * math.sqrt(c["hiddenSize"])
    for i in range(c["numHiddenLayers"]):
        w = lambda name: weights[f"model.layers.{i}.{name}.weight"]
        h = norm(x, w("input_layernorm"))
        q = rope(F.linear(h, w("self_attn.q_proj")).view(B, T, N, H)).transpose(1, 2)
        k = rope(F.linear(h, w("self_attn.k_proj")).view(B, T, K, H)).transpose(1, 2)
        v = F.linear(h, w("self_attn.v_proj")).view(B, T, K, H).transpose(1, 2)
        k, v = k.repeat_interleave(N // K, 1), v.repeat_interleave(N // K, 1)
        z = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(H) + mask, -1) @ v
        x = x + F.linear(z.transpose(1, 2).reshape(B, T, N * H), w("self_attn.o_proj"))
        h = norm(x, w("post_attention_layernorm"))
        gated = gelu(F.linear(h, w("mlp.gate_proj"))) * F.linear(h, w("mlp.up_proj"))
        x = x + F.linear(gated, w("mlp.down_proj"))
    logits = F.linear(norm(x, weights["model.norm.weight"])[:, :-1], embed)
    return F.cross_entropy(logits.reshape(B * (T - 1), -1), ids[:, 1:].reshape(-1))


for line in sys.stdin:
    begin = time.process_time()
    if line.strip() == "forward":
        with torch.no_grad():
            loss = loss_of()
    else:
        for weight in weights.values():
            weight.grad = None
        loss = loss_of()
        loss.backward()
    print(json.dumps({"processor": (time.process_time() - begin) * 1000, "loss": loss.item()}), flush=True)
