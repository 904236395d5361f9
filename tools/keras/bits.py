"""Tensors as bit patterns, big-endian hexadecimal words, so that -0, NaN and subnormal numbers keep their bits.

It knows numpy and no Keras. Python 3.6 and later.
"""

import struct

import numpy

# The protocol's name of a type, and everybody else's.
NAMES = {"f16": "float16", "f32": "float32", "f64": "float64", "bf16": "bfloat16"}
SHORT = {long: short for short, long in NAMES.items()}


class Unsupported(Exception):
    """The question cannot be asked here."""


def numpy_type(short):
    """The numpy type of a name of the protocol. numpy has no bfloat16 itself; a backend brings it."""
    if short not in NAMES:
        raise Unsupported("no type %s" % short)
    if short != "bf16":
        return numpy.dtype(NAMES[short])
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        try:
            from tensorflow import bfloat16
        except ImportError:
            raise Unsupported("no bfloat16")
        bfloat16 = bfloat16.as_numpy_dtype
    return numpy.dtype(bfloat16)


def decode(short, shape, words):
    """The array of these bits."""
    dtype = numpy_type(short)
    patterns = numpy.array([int(word, 16) for word in words], dtype="u%d" % dtype.itemsize)
    return patterns.view(dtype).reshape(shape)


def encode(value):
    """The name of a value's type and its words. A type that the protocol does not name keeps numpy's name."""
    if isinstance(value, (bool, int, float)) and not isinstance(value, numpy.generic):
        return "python", ["%016x" % struct.unpack(">Q", struct.pack(">d", value))]
    array = numpy.ascontiguousarray(value)
    name = str(array.dtype)
    size = array.dtype.itemsize
    if array.dtype.kind == "c" or size not in (1, 2, 4, 8):
        raise Unsupported("no bits for %s" % name)
    patterns = array.reshape(-1).view("u%d" % size)
    return SHORT.get(name, name), ["%0*x" % (2 * size, int(pattern)) for pattern in patterns]
