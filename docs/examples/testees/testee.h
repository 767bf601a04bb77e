/* The protocol of the conformance suite (README.md beside this file) for engines in C11: requests, answers, weights and
 * arrays. An engine, as plain.c is one, includes this file once, defines the functions that are declared here, and
 * calls serve from main. Arrays live as long as the request, or the model. For little-endian machines. */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef REAL
#define REAL double /* -DREAL=float: an engine in float32 */
#endif
typedef REAL real;
typedef struct { int heads, rows, columns; real *x; } Array; /* [heads, rows, columns]; heads is 0 if there are none */
typedef const char *Json;                                    /* a value: where it begins in its text */

/* ---- what an engine defines ---- */
void engine_load(Json config);            /* weight(name) gives the weights */
void engine_reset(void);                  /* forgets all tokens */
void engine_forward(Array ids, int pos);  /* feeds ids [1, L], and puts its taps */
Array embed(Array table, Array ids, real scale);
Array norm(int layer, const char *part, Array x, Array weight, real eps, real offset);
Array linear(Array x, Array weight);
Array rope(Array x, int pos, int heads, real theta);
Array attention(Array q, Array k, Array v, int past, int N, int K, real scale, Array *scores, Array *pattern);
Array geglu(Array gate, Array up);
Array add(Array x, Array y);
void softmax(const real *x, real *y, int S);

/* ---- errors and memory ---- */
static jmp_buf failed;
static const char *reason;
static void need(int ok, const char *otherwise) { /* ends the request, unless ok */
    if (!ok) reason = otherwise, longjmp(failed, 1);
}
typedef struct Block { struct Block *next; max_align_t data[]; } Block;
static Block *of_request, *of_model, **memory = &of_request;
static void *take(size_t count, size_t size) { /* zeroed */
    Block *block = count < ((size_t)1 << 40) / size ? calloc(1, sizeof *block + count * size) : NULL;
    need(block != NULL, "out of memory");
    block->next = *memory, *memory = block;
    return block->data;
}
static void release(Block **blocks) {
    for (Block *block; (block = *blocks) != NULL; free(block)) *blocks = block->next;
}
static Array array(int heads, int rows, int columns) {
    return (Array){heads, rows, columns, take((size_t)(heads ? heads : 1) * rows * columns, sizeof(real))};
}
static Array like(Array a) { return array(a.heads, a.rows, a.columns); }
static size_t elements(Array a) { return (size_t)(a.heads ? a.heads : 1) * a.rows * a.columns; }
static real *row(Array a, int r) { return a.x + (size_t)r * a.columns; }
static Array beside(Array a, Array b) { /* the rows of a, each with that of b behind it */
    Array both = array(0, a.rows, a.columns + b.columns);
    for (int r = 0; r < a.rows; r++) {
        memcpy(row(both, r), row(a, r), a.columns * sizeof(real));
        memcpy(row(both, r) + a.columns, row(b, r), b.columns * sizeof(real));
    }
    return both;
}


/* ---- JSON, read where it lies ---- */
static Json skip(Json p) { /* behind the value at p */
    int depth = 0;
    do {
        if (*p == '"') for (p++; *p != '"'; p++) p += *p == '\\', need(*p != 0, "JSON without an end");
        else if (*p == '{' || *p == '[') depth++;
        else if (*p == '}' || *p == ']') depth--;
        else need(*p != 0, "JSON without an end"), p += strcspn(p + 1, "{}[],:\""); /* number, comma, colon */
        p++;
    } while (depth > 0);
    return p;
}
static Json get(Json object, const char *key) {
    const size_t length = strlen(key);
    need(*object == '{', key);
    for (Json p = object + 1; *(p += strspn(p, " ,")) == '"'; p = skip(p)) {
        Json name = p + 1, end = skip(p);
        p = end + strspn(end, " :");
        need(*p != 0, "JSON without an end");
        if ((size_t)(end - name) == length + 1 && memcmp(name, key, length) == 0) return p;
    }
    need(0, key);
    return NULL;
}
static int is(Json value, const char *text) { /* whether it is this string */
    const size_t length = strlen(text);
    return *value == '"' && strncmp(value + 1, text, length) == 0 && value[length + 1] == '"';
}
static double number(Json object, const char *key) {
    char *end;
    Json value = get(object, key);
    double found = strtod(value, &end);
    need(end > value, key);
    return found;
}
static int size(Json object, const char *key, int least) {
    double found = number(object, key);
    need(found >= least && found <= 1e8, key);
    return (int)found;
}
static Array numbers(Json list) { /* [1, n] */
    int count = 0;
    need(*list == '[', "not a list");
    for (Json p = list + 1; *(p += strspn(p, " ,")) != ']'; p = skip(p)) count++;
    Array found = array(0, 1, count);
    for (Json p = list + 1; *(p += strspn(p, " ,")) != ']'; p = skip(p)) *found.x++ = strtod(p, NULL);
    found.x -= count;
    return found;
}
static Array shaped(Array shape) { /* of one axis: [1, columns] */
    need(shape.columns == 1 || shape.columns == 2, "a shape of one or two axes");
    for (int i = 0; i < shape.columns; i++) need(shape.x[i] >= 0 && shape.x[i] <= 1e8, "a size");
    return shape.columns == 1 ? array(0, 1, shape.x[0]) : array(0, shape.x[0], shape.x[1]);
}

/* ---- arrays in messages: { shape, dtype, base64 } ---- */
static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static Array input(Json inputs, const char *name) {
    Json json = get(inputs, name), p = get(json, "base64") + 1;
    const int is_float = is(get(json, "dtype"), "float32");
    Array a = shaped(numbers(get(json, "shape")));
    need(is_float || is(get(json, "dtype"), "int32"), "dtype");
    const size_t bytes = elements(a) * 4;
    unsigned char *raw = take(bytes, 1);
    size_t count = 0;
    uint32_t bits = 0;
    for (int held = 0; *p != '"' && *p != '='; p++) {
        const char *digit = strchr(DIGITS, *p);
        need(*p != 0 && digit != NULL && count < bytes + (held < 2), "base64");
        bits = bits << 6 | (uint32_t)(digit - DIGITS), held += 6;
        if (held >= 8) held -= 8, raw[count++] = bits >> held & 255;
    }
    need(count == bytes, "base64");
    for (size_t i = 0; i < elements(a); i++) {
        float f;
        int32_t n;
        memcpy(&f, raw + 4 * i, 4), memcpy(&n, raw + 4 * i, 4), a.x[i] = is_float ? f : n;
    }
    return a;
}
static void print(Array a) {
    const unsigned char *raw = (const unsigned char *)a.x;
    const size_t bytes = elements(a) * sizeof(real);
    printf("{\"shape\":[");
    if (a.heads) printf("%d,", a.heads);
    printf("%d,%d],\"dtype\":\"%s\",\"base64\":\"", a.rows, a.columns, sizeof(real) == 8 ? "float64" : "float32");
    for (size_t i = 0; i < bytes; i += 3) {
        const uint32_t second = i + 1 < bytes ? raw[i + 1] : 0, third = i + 2 < bytes ? raw[i + 2] : 0;
        const uint32_t bits = (uint32_t)raw[i] << 16 | second << 8 | third;
        putchar(DIGITS[bits >> 18]), putchar(DIGITS[bits >> 12 & 63]);
        putchar(i + 1 < bytes ? DIGITS[bits >> 6 & 63] : '='), putchar(i + 2 < bytes ? DIGITS[bits & 63] : '=');
    }
    printf("\"}");
}

/* ---- results ---- */
typedef struct Tap { char name[80]; Array array; struct Tap *next; } Tap;
static Tap *taps;
static Array put(int layer, const char *part, const char *name, Array a) { /* layer: -1 outside the blocks */
    Tap *tap = take(1, sizeof *tap);
    if (layer < 0) snprintf(tap->name, sizeof tap->name, "%s%s", part, name);
    else snprintf(tap->name, sizeof tap->name, "blocks.%d.%s%s", layer, part, name);
    tap->array = a, tap->next = taps, taps = tap;
    return a;
}
static void print_taps(Json wanted) {
    const char *comma = "";
    printf(",\"taps\":{");
    for (Json p = wanted + 1; *(p += strspn(p, " ,")) == '"'; p = skip(p))
        for (Tap *tap = taps; tap; tap = tap->next)
            if (is(p, tap->name)) printf("%s\"%s\":", comma, tap->name), print(tap->array), comma = ",";
    printf("}");
}

/* ---- weights: model.safetensors, in float32 ---- */
static char *header;
static const unsigned char *tensors;
static size_t tensors_size;
static Tap *weights; /* those that were asked for */
static void open_weights(Json folder) {
    char path[4096], *to = path;
    need(*folder == '"' && skip(folder) != NULL, "path");
    for (Json p = folder + 1; *p != '"'; *to++ = *p++) p += *p == '\\', need(to < path + 4000, "path");
    strcpy(to, "/model.safetensors");
    FILE *file = fopen(path, "rb");
    need(file != NULL, "no model.safetensors");
    fseek(file, 0, SEEK_END);
    const long whole = ftell(file);
    unsigned char *bytes = take(whole > 8 ? whole : 8, 1);
    rewind(file);
    const size_t found = fread(bytes, 1, whole, file);
    fclose(file);
    uint64_t length;
    memcpy(&length, bytes, 8);
    need(whole > 8 && found == (size_t)whole && length <= (uint64_t)whole - 8, "a damaged model.safetensors");
    header = memcpy(take(length + 1, 1), bytes + 8, length);
    tensors = bytes + 8 + length, tensors_size = whole - 8 - length;
}
static Array weight(const char *name) { /* of one axis: [1, columns] */
    for (Tap *known = weights; known; known = known->next)
        if (strcmp(known->name, name) == 0) return known->array;
    Json entry = get(header, name);
    Array at = numbers(get(entry, "data_offsets")), shape = numbers(get(entry, "shape"));
    need(is(get(entry, "dtype"), "F32"), "a weight that is not F32");
    Block **before = memory;
    memory = &of_model;
    Tap *tap = take(1, sizeof *tap);
    Array a = shaped(shape);
    memory = before;
    need(at.columns == 2 && at.x[0] >= 0 && at.x[1] - at.x[0] == elements(a) * 4 && at.x[1] <= tensors_size, name);
    for (size_t i = 0; i < elements(a); i++) {
        float f;
        memcpy(&f, tensors + (size_t)at.x[0] + 4 * i, 4), a.x[i] = f;
    }
    snprintf(tap->name, sizeof tap->name, "%s", name), tap->array = a, tap->next = weights, weights = tap;
    return a;
}

/* ---- the operators by their names ---- */
static int op_named(Json op, Json a, Json in) { /* 0: not done here */
    Array out, scores = {0}, pattern = {0};
    const int pos = is(op, "rope") || is(op, "attention") ? size(a, "pos", 0) : 0;
    const real scale = is(op, "embed") || is(op, "attention") ? number(a, "scale") : 1;
    if (is(op, "embed")) out = embed(input(in, "table"), input(in, "ids"), scale);
    else if (is(op, "rmsNorm") || is(op, "logits"))
        out = norm(-1, "", input(in, "x"), input(in, "weight"), number(a, "eps"), number(a, "normOffset"));
    else if (is(op, "matmul")) out = linear(input(in, "x"), input(in, "weight"));
    else if (is(op, "rope")) out = rope(input(in, "x"), pos, size(a, "heads", 1), number(a, "theta"));
    else if (is(op, "geglu")) out = geglu(input(in, "gate"), input(in, "up"));
    else if (is(op, "add")) out = add(input(in, "x"), input(in, "y"));
    else if (is(op, "mlp")) {
        out = geglu(linear(input(in, "x"), input(in, "gateProj")), linear(input(in, "x"), input(in, "upProj")));
        out = linear(out, input(in, "downProj"));
    } else if (is(op, "attention")) {
        const int N = size(a, "heads", 1), K = size(a, "kvHeads", 1);
        out = attention(input(in, "q"), input(in, "k"), input(in, "v"), pos, N, K, scale, &scores, &pattern);
        put(-1, "", "scores", scores), put(-1, "", "pattern", pattern);
    } else if (is(op, "softmax")) {
        Array x = input(in, "x");
        out = like(x);
        for (int l = 0; l < x.rows; l++) softmax(row(x, l), row(out, l), x.columns);
    } else return 0;
    put(-1, "", "out", is(op, "logits") ? linear(out, input(in, "table")) : out);
    return 1;
}

/* ---- the conversation ---- */
static char *line;
static int read_line(void) {
    static size_t room = 0;
    size_t length = 0;
    for (int c; (c = getchar()) != EOF && c != '\n'; line[length++] = c)
        if (length + 2 > room && (line = realloc(line, room = 2 * room + 4096)) == NULL) exit(1);
    if (length > 0) line[length] = 0;
    return length > 0;
}
static int serve(const char *name) {
    static Json request, seq;
    static int is_loaded;
    while (read_line()) {
        release(&of_request), memory = &of_request, taps = NULL, seq = "null";
        if (setjmp(failed) == 0) {
            request = line, seq = get(request, "seq");
            const int seq_length = (int)(skip(seq) - seq);
            Json what = get(request, "do");
            int done = 1;
            if (is(what, "bye")) return 0;
            if (is(what, "load")) {
                is_loaded = 0, memory = &of_model, release(memory), weights = NULL;
                open_weights(get(request, "path")), engine_load(get(request, "config"));
                is_loaded = 1, memory = &of_request;
            } else if (is(what, "reset") || is(what, "forward")) need(is_loaded, "no model is loaded");
            if (is(what, "reset")) engine_reset();
            else if (is(what, "forward")) engine_forward(numbers(get(request, "ids")), size(request, "pos", 0));
            else if (is(what, "op")) done = op_named(get(request, "op"), get(request, "attrs"), get(request, "inputs"));
            else done = is(what, "hello") || is(what, "load");
            Json wanted = taps ? get(request, "taps") : "";
            printf("{\"seq\":%.*s", seq_length, seq);
            if (is(what, "hello")) printf(",\"name\":\"%s\",\"accuracy\":\"float%d\"", name, (int)sizeof(real) * 8);
            if (!done) printf(",\"skip\":\"not done by this engine\"");
            else if (taps) print_taps(wanted);
            printf("}\n");
        } else printf("{\"seq\":%.*s,\"error\":\"%s\"}\n", (int)strcspn(seq, ",}"), seq, reason);
        fflush(stdout);
    }
    return 0;
}
