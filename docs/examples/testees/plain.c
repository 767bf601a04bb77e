/* Gemma 1 in C11, as a testee of the conformance suite:
 *     cc -O2 plain.c -lm -o plain && gemma-reference verify -- ./plain
 * testee.h has the protocol. cc -DREAL=float computes in float32; ./plain --bug ID with a bug that the suite knows:
 * rope-sign, norm-eps-1e-5 or cache-stale-after-rewind. In shapes: L rows fed now, S positions in the cache, N heads,
 * K key-value heads, H the size of a head. */
#include <tgmath.h>
#include "testee.h"

static const char *bug = "";
static int has_bug(const char *id) { return strcmp(bug, id) == 0; }
/* ---- operators: a result is a new array, so that every tap stays as it was ---- */
Array embed(Array table, Array ids, real scale) {
    Array y = array(0, ids.columns, table.columns);
    for (int l = 0; l < y.rows; l++) {
        need(ids.x[l] >= 0 && ids.x[l] < table.rows, "an id outside the vocabulary");
        for (int d = 0; d < y.columns; d++) row(y, l)[d] = row(table, ids.x[l])[d] * scale;
    }
    return y;
}
Array linear(Array x, Array weight) {
    Array y = array(0, x.rows, weight.rows);
    need(x.columns == weight.columns, "a weight of another width");
    for (int l = 0; l < y.rows; l++)
        for (int o = 0; o < y.columns; o++)
            for (int i = 0; i < x.columns; i++) row(y, l)[o] += row(x, l)[i] * row(weight, o)[i];
    return y;
}
Array norm(int layer, const char *part, Array x, Array weight, real eps, real offset) {
    Array scale = array(0, x.rows, 1), y = like(x), out = like(x);
    need(elements(weight) == (size_t)x.columns, "a weight of another width");
    if (has_bug("norm-eps-1e-5")) eps = 1e-5;
    for (int l = 0; l < x.rows; l++) {
        for (int d = 0; d < x.columns; d++) scale.x[l] += row(x, l)[d] * row(x, l)[d];
        scale.x[l] = sqrt(scale.x[l] / x.columns + eps);
        for (int d = 0; d < x.columns; d++)
            row(out, l)[d] = (row(y, l)[d] = row(x, l)[d] / scale.x[l]) * (offset + weight.x[d]);
    }
    put(layer, part, ".hook_scale", scale), put(layer, part, ".hook_normalized", y);
    return put(layer, part, ".hook_out", out);
}
Array rope(Array x, int pos, int heads, real theta) { /* turns x[i] and x[i + H/2] of each head */
    const int H = x.columns / heads;
    Array y = like(x);
    for (int l = 0; l < x.rows; l++)
        for (int i = 0; i < H / 2; i++) {
            const real angle = (pos + l) * (1 / pow(theta, (real)(2 * i) / H)), c = cos(angle);
            const real s = has_bug("rope-sign") ? -sin(angle) : sin(angle);
            for (int a = i, b = i + H / 2; b < x.columns; a += H, b += H) {
                row(y, l)[a] = row(x, l)[a] * c - row(x, l)[b] * s;
                row(y, l)[b] = row(x, l)[b] * c + row(x, l)[a] * s;
            }
        }
    return y;
}
void softmax(const real *x, real *y, int S) {
    real most = -INFINITY, sum = 0;
    for (int s = 0; s < S; s++) most = fmax(most, x[s]);
    for (int s = 0; s < S; s++) sum += y[s] = exp(x[s] - most);
    for (int s = 0; s < S; s++) y[s] /= sum;
}
/* Row l sees keys 0 to past + l. q [L, N*H], k and v [S, K*H] -> scores and pattern [N, L, S], z [L, N*H] */
Array attention(Array q, Array k, Array v, int past, int N, int K, real scale, Array *scores, Array *pattern) {
    const int L = q.rows, S = k.rows, H = q.columns / N;
    need(k.columns == K * H && v.columns == K * H && v.rows == S && N % K == 0, "keys of another shape");
    Array z = like(q);
    *scores = array(N, L, S), *pattern = array(N, L, S);
    for (int n = 0; n < N; n++)
        for (int l = 0; l < L; l++) {
            real *score = row(*scores, n * L + l), *p = row(*pattern, n * L + l), *query = row(q, l) + n * H;
            const int head = n * K / N * H; /* where its key-value head begins in a row */
            for (int s = 0; s < S; s++) {
                for (int h = 0; h < H; h++) score[s] += query[h] * scale * row(k, s)[head + h];
                if (s > past + l) score[s] = -INFINITY;
            }
            softmax(score, p, S);
            for (int s = 0; s < S; s++)
                for (int h = 0; h < H; h++) row(z, l)[n * H + h] += p[s] * row(v, s)[head + h];
        }
    return z;
}
Array geglu(Array gate, Array up) {
    Array y = like(gate);
    need(elements(up) == elements(y), "gate and up of two shapes");
    for (size_t i = 0; i < elements(y); i++) {
        const real x = gate.x[i], root = sqrt((real)(2 / 3.14159265358979323846));
        y.x[i] = x / 2 * (1 + tanh(root * (x + (real)0.044715 * x * x * x))) * up.x[i];
    }
    return y;
}
Array add(Array x, Array y) {
    Array z = like(x);
    need(elements(y) == elements(z), "terms of two shapes");
    for (size_t i = 0; i < elements(z); i++) z.x[i] = x.x[i] + y.x[i];
    return z;
}

/* ---- the model ---- */
static struct { int layers, N, K, longest, start, length; real theta, eps, scale; Array table, *keys, *values; } m;

static Array layer_weight(int layer, const char *name) {
    char whole[100];
    snprintf(whole, sizeof whole, "model.layers.%d.%s.weight", layer, name);
    return weight(whole);
}
void engine_load(Json c) {
    const int H = size(c, "head_dim", 1), L = m.longest = size(c, "max_position_embeddings", 1);
    m.N = size(c, "num_attention_heads", 1), m.K = size(c, "num_key_value_heads", 1), m.scale = 1 / sqrt((real)H);
    m.layers = size(c, "num_hidden_layers", 1), m.theta = number(c, "rope_theta"), m.eps = number(c, "rms_norm_eps");
    m.table = weight("model.embed_tokens.weight"), m.length = 0;
    m.keys = take(m.layers, sizeof(Array)), m.values = take(m.layers, sizeof(Array));
    for (int i = 0; i < m.layers; i++) m.keys[i] = array(0, L, m.K * H), m.values[i] = array(0, L, m.K * H);
}
void engine_reset(void) { m.length = 0; }

void engine_forward(Array ids, int pos) {
    Array scores, pattern;
    m.start = m.length == 0 ? pos : m.start;
    const int past = has_bug("cache-stale-after-rewind") ? m.length : pos - m.start, S = past + ids.columns;
    need(past >= 0 && past <= m.length && S <= m.longest, "a position that was not reached");
    put(-1, "embed.", "hook_lookup", embed(m.table, ids, 1));
    Array x = put(-1, "", "hook_embed", embed(m.table, ids, sqrt((real)m.table.columns)));
    for (int i = 0; i < m.layers; i++) {
        Array y = norm(i, "ln1", put(i, "", "hook_resid_pre", x), layer_weight(i, "input_layernorm"), m.eps, 1);
        Array q = put(i, "attn.", "hook_q", linear(y, layer_weight(i, "self_attn.q_proj")));
        Array k = put(i, "attn.", "hook_k", linear(y, layer_weight(i, "self_attn.k_proj")));
        Array v = put(i, "attn.", "hook_v", linear(y, layer_weight(i, "self_attn.v_proj")));
        put(i, "attn.", "hook_qkv", beside(beside(q, k), v));
        q = put(i, "attn.", "hook_rot_q", rope(q, pos, m.N, m.theta));
        k = put(i, "attn.", "hook_rot_k", rope(k, pos, m.K, m.theta));
        memcpy(row(m.keys[i], past), k.x, elements(k) * sizeof(real)), m.keys[i].rows = S;
        memcpy(row(m.values[i], past), v.x, elements(v) * sizeof(real)), m.values[i].rows = S;
        y = put(i, "attn.", "hook_z", attention(q, m.keys[i], m.values[i], past, m.N, m.K, m.scale, &scores, &pattern));
        put(i, "attn.", "hook_attn_scores", scores), put(i, "attn.", "hook_pattern", pattern);
        y = put(i, "", "hook_attn_out", linear(y, layer_weight(i, "self_attn.o_proj")));
        x = put(i, "", "hook_resid_mid", add(x, y));
        y = norm(i, "ln2", x, layer_weight(i, "post_attention_layernorm"), m.eps, 1);
        Array gate = put(i, "mlp.", "hook_pre", linear(y, layer_weight(i, "mlp.gate_proj")));
        Array up = put(i, "mlp.", "hook_pre_linear", linear(y, layer_weight(i, "mlp.up_proj")));
        y = put(i, "mlp.", "hook_post", geglu(gate, up));
        y = put(i, "", "hook_mlp_out", linear(y, layer_weight(i, "mlp.down_proj")));
        x = put(i, "", "hook_resid_post", add(x, y));
    }
    put(-1, "", "logits", linear(norm(-1, "ln_final", x, weight("model.norm.weight"), m.eps, 1), m.table));
    m.length = S;
}
int main(int count, char **arguments) {
    if (count == 3 && strcmp(arguments[1], "--bug") == 0) bug = arguments[2];
    if (!strstr("norm-eps-1e-5 rope-sign cache-stale-after-rewind", bug)) return fprintf(stderr, "plain: no bug %s\n", bug), 2;
    return serve("plain C");
}
