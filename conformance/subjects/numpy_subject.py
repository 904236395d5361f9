"""A subject in numpy: every operation of the newest edition in plain expressions, in the type of the weights.

    regularize-conformance test -- python3 conformance/subjects/numpy_subject.py

Python 3.8 and later and numpy; with ml_dtypes also bf16. WIRE.md is the contract.
"""

import json
import math
import platform

import numpy

DTYPES = {"f32": numpy.dtype("f4"), "f64": numpy.dtype("f8"), "f16": numpy.dtype("f2")}
try:
    import ml_dtypes
    DTYPES["bf16"] = numpy.dtype(ml_dtypes.bfloat16)
except ImportError:
    pass

CLAIMS = {"ops": ["construct", "penalty", "activity", "gradient", "prox", "get", "config"], "dtypes": list(DTYPES),
          "editions": ["keras-3.14.1"]}
CLASSES = {"L1": {"l1": 0.01}, "L2": {"l2": 0.01}, "L1L2": {"l1": 0.0, "l2": 0.0}}  # and the defaults of arguments


class Rejected(Exception):
    """An error of the contract: its kind, and what to tell the reader."""


def decode(dtype, words):
    dtype = DTYPES[dtype]
    return numpy.array([int(word, 16) for word in words], "u%d" % dtype.itemsize).view(dtype)


def encode(dtype, y):
    y = numpy.atleast_1d(numpy.asarray(y, DTYPES[dtype]))
    return ["%0*x" % (2 * y.itemsize, bits) for bits in y.view("u%d" % y.itemsize).tolist()]


def make(name, factors):
    """The name of a class and its factors, as Keras keeps them: that of L1 is a tensor, and so f32."""
    for argument, factor in factors.items():
        if not isinstance(factor, (int, float)) or not 0 <= factor < math.inf:
            raise Rejected("invalid-factor", "%s is finite and not negative, got %r" % (argument, factor))
        factors[argument] = float(numpy.float32(factor) if name == "L1" else factor)
    return name, factors


def read(reg):
    (name, words), = reg.items()
    factors = decode("f64", words if isinstance(words, list) else [words]).tolist()
    return make(name.upper(), dict(zip(CLASSES[name.upper()], factors)))


def write(name, factors):
    words = encode("f64", list(factors.values()))
    return {name.lower(): words if len(words) > 1 else words[0]}


def get(identifier):
    if identifier is None:
        return None
    name, config = identifier, None
    if isinstance(identifier, dict):
        name, config = identifier.get("class_name"), identifier.get("config")
    if not isinstance(name, str):
        raise Rejected("invalid-identifier", "no identifier: %r" % (identifier,))
    name = name.upper() if name in ("l1", "l2", "l1l2") else name
    if name not in CLASSES:
        raise Rejected("unknown-name", "no regularizer has the name %r" % name)
    config = {} if config is None else config
    if not isinstance(config, dict) or not set(config) <= set(CLASSES[name]):
        raise Rejected("invalid-identifier", "%s takes %s, got %r" % (name, ", ".join(CLASSES[name]), config))
    given = {argument: factor for argument, factor in config.items() if factor is not None}
    return write(*make(name, {**CLASSES[name], **given}))


def terms(name, factors, x):
    """The factors of L1 and L2 in the type of x, or None. L1 and L2 keep a factor of 0, L1L2 leaves it out."""
    kept = {argument: factor for argument, factor in factors.items() if name != "L1L2" or factor != 0}
    return [x.dtype.type(kept[argument]) if argument in kept else None for argument in ("l1", "l2")]


def penalty(l1, l2, x):
    y = [] if l1 is None else [l1 * numpy.sum(numpy.abs(x))]
    y += [] if l2 is None else [l2 * numpy.sum(x * x)]
    return y[0] if len(y) == 1 else sum(y)  # a sum would turn the −0 of L1(-0.0) into 0


def gradient(l1, l2, x):
    zero = numpy.zeros_like(x)
    return (zero if l1 is None else l1 * numpy.sign(x)) + (zero if l2 is None else 2 * l2 * x)


def prox(l1, l2, step, v):
    step = v.dtype.type(step)
    left = numpy.abs(v) if l1 is None else numpy.maximum(numpy.abs(v) - step * l1, 0)
    return numpy.copysign(left if l2 is None else left / (1 + 2 * step * l2), v)


def answer(request):
    op, dtype = request["op"], request.get("dtype")
    if op == "get":
        return {"reg": get(request["identifier"])}
    x = decode(dtype, request["x"]) if "x" in request else None
    if op == "echo":
        return {"y": encode(dtype, x)}
    name, factors = read(request["reg"])
    if op == "construct":
        return {"y": []}
    if op == "config":
        return {"config": {"module": "keras.regularizers", "class_name": name, "config": factors,
                           "registered_name": None}}
    l1, l2 = terms(name, factors, x)
    if op == "penalty":
        return {"y": encode(dtype, penalty(l1, l2, x))}
    if op == "activity":
        batch = request["shape"][0]
        return {"y": encode(dtype, penalty(l1, l2, x) / x.dtype.type(batch) if batch else 0)}
    if op == "gradient":
        return {"y": encode(dtype, gradient(l1, l2, x))}
    return {"y": encode(dtype, prox(l1, l2, decode("f64", [request["step"]])[0], x))}


def main():
    numpy.seterr(all="ignore")  # infinities and NaN are answers
    for line in open(0, encoding="utf-8"):
        request = json.loads(line)
        if "bye" in request:
            break
        if "hello" in request:
            reply = {"hello": 1, "name": "numpy", "version": numpy.__version__,
                     "language": "python " + platform.python_version(), "claims": CLAIMS}
        else:
            try:
                reply = answer(request)
            except Rejected as rejected:
                reply = dict(zip(["error", "message"], rejected.args))
            except Exception as error:  # reported, so that the run goes on
                reply = {"error": "internal", "message": repr(error)}
            reply["id"] = request["id"]
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
