/* A subject in C11: the penalties L1, L2 and L1L2 of keras-3.14.1. WIRE.md is the contract.
 *
 *     cc -O2 -o subject subject.c -lm
 *     regularize-conformance test -- ./subject
 *
 * It needs libc only: the reader below checks a line once, and then looks members up in it. Copy it, and put your own
 * code into penalty, gradient and prox. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELLO[] =
    "{\"hello\":1,\"name\":\"c-subject\",\"version\":\"1.0.0\",\"language\":\"c11\",\"claims\":{"
    "\"ops\":[\"construct\",\"penalty\",\"activity\",\"gradient\",\"prox\"],\"dtypes\":[\"f32\",\"f64\"],"
    "\"subnormals\":\"gradual\",\"regs\":[\"l1\",\"l2\",\"l1l2\"],\"at_zero\":\"zero\","
    "\"editions\":[\"keras-3.14.1\"]}}";

/* JSON: text that ends with a NUL. */

static const char *space(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *skip_digits(const char *at) {
    size_t length = strspn(at, "0123456789");
    return length > 0 ? at + length : NULL;
}

/* Behind the number or literal that begins here, or NULL. */
static const char *skip_scalar(const char *at) {
    static const char *LITERALS[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++)
        if (strncmp(at, LITERALS[i], strlen(LITERALS[i])) == 0) return at + strlen(LITERALS[i]);
    at += *at == '-';
    at = *at == '0' ? at + 1 : skip_digits(at);
    if (at != NULL && *at == '.') at = skip_digits(at + 1);
    if (at != NULL && (*at == 'e' || *at == 'E')) at = skip_digits(at + 1 + (at[1] == '+' || at[1] == '-'));
    return at;
}

/* Behind the value that begins here, or NULL if none does. The depth keeps a line of brackets off the stack. */
static const char *skip(const char *at, int depth) {
    at = space(at);
    if (*at == '"') {
        for (at++; *at != '"'; at++)
            if (*at == '\0' || (*at == '\\' && *++at == '\0')) return NULL;
        return at + 1;
    }
    if (*at == '{' || *at == '[') {
        bool object = *at == '{';
        char close = object ? '}' : ']';
        if (depth == 0) return NULL;
        if (*space(at + 1) == close) return space(at + 1) + 1;
        do {
            if (object) {
                at = space(at + 1);
                if (*at != '"' || (at = skip(at, 0)) == NULL || *(at = space(at)) != ':') return NULL;
            }
            if ((at = skip(at + 1, depth - 1)) == NULL) return NULL;
            at = space(at);
        } while (*at == ',');
        return *at == close ? at + 1 : NULL;
    }
    return skip_scalar(at);
}

/* The value of a key of an object that skip has accepted, or NULL. */
static const char *member(const char *object, const char *key) {
    if (object == NULL || *object != '{' || *(object = space(object + 1)) == '}') return NULL;
    for (;; object = space(object + 1)) {
        const char *end = skip(object, 0), *value = space(space(end) + 1);
        if ((size_t)(end - object) == strlen(key) + 2 && memcmp(object + 1, key, strlen(key)) == 0) return value;
        object = space(skip(value, 64));
        if (*object != ',') return NULL;
    }
}

static bool is(const char *value, const char *string) {
    return value != NULL && *value == '"' && strncmp(value + 1, string, strlen(string)) == 0 &&
           value[strlen(string) + 1] == '"';
}

/* Numbers: the text of their bits. */

static bool decode(const char *value, bool single, double *number) {
    size_t digits = single ? 8 : 16;
    if (value == NULL || *value != '"' || strspn(value + 1, "0123456789abcdef") != digits) return false;
    if (value[digits + 1] != '"') return false;
    uint64_t bits = strtoull(value + 1, NULL, 16);
    if (single) {
        uint32_t half = (uint32_t)bits;
        float narrow;
        memcpy(&narrow, &half, sizeof narrow);
        *number = narrow;
    } else {
        memcpy(number, &bits, sizeof bits);
    }
    return true;
}

/* Doubles that are rounded here, and only here, are inside order.bound. */
static void encode(double number, bool single) {
    float narrow = (float)number;
    uint32_t half;
    uint64_t bits;
    memcpy(&half, &narrow, sizeof half);
    memcpy(&bits, &number, sizeof bits);
    if (single) printf("\"%08" PRIx32 "\"", half);
    else printf("\"%016" PRIx64 "\"", bits);
}

/* The numbers of a list that skip has accepted, or NULL. */
static double *decode_list(const char *list, bool single, size_t *count) {
    *count = 0;
    if (list == NULL || *list != '[') return NULL;
    double *xs = malloc((strlen(list) / 10 + 1) * sizeof *xs); /* A number has 10 characters at least. */
    if (xs == NULL) abort();
    for (const char *at = space(list + 1); *at != ']'; at = *at == ',' ? space(at + 1) : at) {
        if (!decode(at, single, &xs[(*count)++])) {
            free(xs);
            return NULL;
        }
        at = space(skip(at, 0));
    }
    return xs;
}

/* Regularizers: a term is present or left out. */

typedef struct {
    bool has_l1, has_l2, adds;
    double l1, l2;
} reg_t;

typedef enum { FINE, UNSUPPORTED, INVALID, MALFORMED } outcome_t;

static outcome_t construct(const char *value, bool single, reg_t *reg) {
    const char *l1 = member(value, "l1"), *l2 = member(value, "l2"), *both = member(value, "l1l2");
    *reg = (reg_t){.has_l1 = l1 || both, .has_l2 = l2 || both, .adds = both};
    if (!reg->has_l1 && !reg->has_l2) return member(value, "orthogonal") ? UNSUPPORTED : MALFORMED;
    if (both) {
        if (*both != '[') return MALFORMED;
        l1 = space(both + 1);
        l2 = space(skip(both + 1, 64));
        if (*l2 != ',') return MALFORMED;
        l2 = space(l2 + 1);
    }
    if (reg->has_l1 && !decode(l1, false, &reg->l1)) return MALFORMED;
    if (reg->has_l2 && !decode(l2, false, &reg->l2)) return MALFORMED;
    if (!(reg->l1 >= 0 && reg->l2 >= 0 && isfinite(reg->l1) && isfinite(reg->l2))) return INVALID;
    if (both) {
        reg->has_l1 = reg->l1 != 0;
        reg->has_l2 = reg->l2 != 0;
    }
    /* factors.rounding: L1 keeps its factor as a float. factors.cast: the others meet the type of the weights here. */
    if (single || !both) reg->l1 = (float)reg->l1;
    if (single) reg->l2 = (float)reg->l2;
    return FINE;
}

static double penalty(const reg_t *reg, const double *xs, size_t count) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += fabs(xs[i]);
        squares += xs[i] * xs[i];
    }
    /* special.minus-zero: only L1L2 adds to 0, and so is never -0. */
    if (!reg->adds) return reg->has_l1 ? reg->l1 * sum : reg->l2 * squares;
    return 0 + (reg->has_l1 ? reg->l1 * sum : 0) + (reg->has_l2 ? reg->l2 * squares : 0);
}

static double gradient(const reg_t *reg, double x) {
    if (x == 0) return 0;
    double sign = isnan(x) ? x : copysign(1, x);
    return (reg->has_l1 ? reg->l1 * sign : 0) + (reg->has_l2 ? 2 * (reg->l2 * x) : 0);
}

static double prox(const reg_t *reg, double step, double v) {
    if (step == 0 || isnan(v)) return v;
    double left = fabs(v) - (reg->has_l1 ? step * reg->l1 : 0);
    return copysign(left < 0 ? 0 : left, v) / (1 + (reg->has_l2 ? 2 * (step * reg->l2) : 0));
}

/* Answers. */

/* Writes y after the id, if the outcome is FINE. */
static outcome_t respond(const char *line, const char *op) {
    static const char *OPS[] = {"echo", "construct", "penalty", "activity", "gradient", "prox"};
    bool known = false, single = is(member(line, "dtype"), "f32");
    for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) known |= is(op, OPS[i]);
    if (!known) return UNSUPPORTED;
    reg_t reg = {0};
    outcome_t outcome = is(op, "echo") ? FINE : construct(member(line, "reg"), single, &reg);
    if (outcome != FINE) return outcome;
    if (is(op, "construct")) return printf(",\"y\":[]}\n"), FINE;
    if (!single && !is(member(line, "dtype"), "f64")) return UNSUPPORTED;
    double step = 0, batch = 1;
    if (is(op, "prox") && !decode(member(line, "step"), false, &step)) return MALFORMED;
    if (is(op, "activity")) {
        const char *shape = member(line, "shape");
        char *end;
        if (shape == NULL || *shape != '[') return MALFORMED;
        batch = strtod(shape + 1, &end);
        if (end == shape + 1) return MALFORMED;
    }
    size_t count;
    double *xs = decode_list(member(line, "x"), single, &count);
    if (xs == NULL) return MALFORMED;
    if (is(op, "penalty") || is(op, "activity")) {
        /* activity.empty-batch: an empty batch costs nothing. */
        xs[0] = batch == 0 ? 0 : penalty(&reg, xs, count) / batch;
        count = 1;
    } else {
        for (size_t i = 0; i < count; i++)
            xs[i] = is(op, "echo") ? xs[i] : is(op, "prox") ? prox(&reg, step, xs[i]) : gradient(&reg, xs[i]);
    }
    printf(",\"y\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) putchar(',');
        encode(xs[i], single);
    }
    printf("]}\n");
    free(xs);
    return FINE;
}

static void answer(const char *line) {
    const char *end = skip(line, 64), *id = NULL;
    line = space(line);
    if (end != NULL && *space(end) == '\0') id = member(line, "id");
    if (id == NULL && end != NULL && member(line, "bye")) return;
    if (id == NULL && end != NULL && member(line, "hello")) {
        puts(HELLO);
    } else if (id == NULL || strchr("-0123456789", *id) == NULL) {
        puts("{\"id\":null,\"error\":\"malformed\"}");
    } else {
        printf("{\"id\":%.*s", (int)strspn(id, "+-.0123456789eE"), id);
        switch (respond(line, member(line, "op"))) {
        case FINE: break;
        case UNSUPPORTED: puts(",\"unsupported\":\"op, dtype or reg is not claimed\"}"); break;
        case INVALID: puts(",\"error\":\"invalid-factor\",\"message\":\"a factor must be finite and >= 0\"}"); break;
        case MALFORMED: puts(",\"error\":\"malformed\"}"); break;
        }
    }
    fflush(stdout);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        /* A NUL would end the text early. */
        bool whole = strlen(line) == (size_t)length;
        answer(whole ? line : "");
    }
    free(line);
    return 0;
}
