"""A subject in nothing but Python: the least that can be judged. To judge your own code, call it in `answer`.

    regularize-conformance test -- python3 conformance/subjects/python_subject.py

Python 3.8 and later, standard library only. WIRE.md is the contract.
"""

import json
import math
import platform
import struct

CODES = {"f32": ("I", "f"), "f64": ("Q", "d")}  # struct's letter for the bits, and for the float
CLAIMS = {"ops": ["construct", "penalty", "activity", "gradient"], "dtypes": list(CODES), "editions": ["keras-3.14.1"]}


def decode(dtype, word):
    bits, number = CODES[dtype]
    return struct.unpack(">" + number, struct.pack(">" + bits, int(word, 16)))[0]


def encode(dtype, value):
    try:
        return struct.pack(">" + CODES[dtype][1], value).hex()
    except OverflowError:  # struct refuses a double that f32 rounds to infinity
        return encode(dtype, math.copysign(math.inf, value))


def rounded(dtype, value):
    return decode(dtype, encode(dtype, value))


def sign(x):
    return 0.0 if x == 0 else x if math.isnan(x) else math.copysign(1.0, x)


def answer(request):
    if request["op"] == "echo":
        return {"y": [encode(request["dtype"], decode(request["dtype"], word)) for word in request["x"]]}
    (name, words), = request["reg"].items()
    l1, l2 = [decode("f64", word) for word in words] if name == "l1l2" else 2 * [decode("f64", words)]
    if not (0 <= l1 < math.inf and 0 <= l2 < math.inf):
        return {"error": "invalid-factor", "message": "a factor is finite and not negative, got %r, %r" % (l1, l2)}
    if request["op"] == "construct":
        return {"y": []}
    # L1 and L2 keep a factor of 0 as a term, which is NaN at an infinite weight; L1L2 leaves it out.
    has_l1, has_l2 = (l1 != 0, l2 != 0) if name == "l1l2" else (name == "l1", name == "l2")
    dtype, x = request["dtype"], [decode(request["dtype"], word) for word in request["x"]]
    l1 = rounded(dtype, rounded("f32", l1) if name == "l1" else l1)  # Keras keeps the factor of L1 as f32
    l2 = rounded(dtype, l2)
    terms = ([l1 * sum(map(abs, x))] if has_l1 else []) + ([l2 * sum(v * v for v in x)] if has_l2 else [])
    penalty = terms[0] if len(terms) == 1 else sum(terms)  # a sum would turn the −0 of l1(-0.0) into 0
    if request["op"] == "penalty":
        y = [penalty]
    elif request["op"] == "activity":
        y = [penalty / request["shape"][0] if request["shape"][0] else 0.0]
    elif request["op"] == "gradient":
        y = [(l1 * sign(v) if has_l1 else 0.0) + (2 * l2 * v if has_l2 else 0.0) for v in x]
    else:
        return {"unsupported": "not claimed"}
    return {"y": [encode(dtype, value) for value in y]}


def main():
    for line in open(0, encoding="utf-8"):
        request = json.loads(line)
        if "bye" in request:
            break
        if "hello" in request:
            reply = {"hello": 1, "name": "python", "version": "1", "language": "python " + platform.python_version(),
                     "claims": CLAIMS}
        else:
            try:
                reply = answer(request)
            except Exception as error:  # reported, so that the run goes on
                reply = {"error": "internal", "message": repr(error)}
            reply["id"] = request["id"]
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
