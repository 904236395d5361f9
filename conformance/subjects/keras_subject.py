"""A subject that asks real Keras, and answers what Keras answers.

    regularize-conformance test -- python3 conformance/subjects/keras_subject.py [numpy|jax|tensorflow|torch]
    regularize-conformance test --edition tf-2.10 -- python3 conformance/subjects/keras_subject.py tf_keras

The first is Keras 3 on a backend, KERAS_BACKEND if none is named. The second is the package tf_keras, or the tf.keras
of TensorFlow 2 where that is not installed. Python 3.8 and later. WIRE.md is the contract.
"""

import json
import os
import platform
import re
import struct
import sys

import numpy

LONG = {"f32": "float32", "f64": "float64", "f16": "float16", "bf16": "bfloat16"}
ORTHOGONAL = "OrthogonalRegularizer"  # which came with TensorFlow 2.9
CLASSES = {"L1": "l1", "L2": "l2", "L1L2": "l1l2", ORTHOGONAL: "orthogonal"}
# What each release says of a factor that it rejects, and of a tensor that is no matrix.
MESSAGES = {"expected a non-negative float": "invalid-factor", "valid regularization penalty number": "invalid-factor",
            "must have rank 2": "invalid-shape"}


class Failure(Exception):
    """An answer that is an error: its kind, and what to tell the reader."""


class Keras3:
    def __init__(self, backend):
        os.environ.update(KERAS_BACKEND=backend)
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        import keras
        self.keras, self.backend, self.engine = keras, backend, __import__(backend)
        self.name, self.version = "keras-" + backend, keras.__version__
        version = tuple(map(int, re.findall("[0-9]+", self.version)[:3]))
        self.edition = "keras-3.0" if version < (3, 14) else "keras-3.14.0" if version < (3, 14, 1) else "keras-3.14.1"

    def tensor(self, array):
        return self.keras.ops.convert_to_tensor(array, dtype=str(array.dtype))  # f64 becomes f32 on numpy without it

    def array(self, tensor):
        if self.backend == "torch":
            tensor = tensor.detach()
            # torch gives numpy no bfloat16; float32 holds its numbers.
            return (tensor.float() if tensor.dtype == self.engine.bfloat16 else tensor).numpy()
        return tensor.numpy() if self.backend == "tensorflow" else numpy.asarray(tensor)

    def gradient(self, reg, x):
        if self.backend == "jax":
            return self.engine.grad(reg)(x)
        if self.backend == "tensorflow":
            return tape(self.engine, reg, x)
        y = reg(x.requires_grad_())
        return self.engine.autograd.grad(y, [x])[0] if y.requires_grad else None


class Keras2:
    backend = "tensorflow"

    def __init__(self):
        import tensorflow
        try:
            import tf_keras as keras
            self.name, self.version = "tf_keras", keras.__version__
        except ImportError:
            keras = tensorflow.keras  # which calls itself 2.3.0 in TensorFlow 2.2
            self.name, self.version = "tf.keras", tensorflow.__version__
        self.keras, self.engine, self.tensor = keras, tensorflow, tensorflow.constant
        minor = int(self.version.split(".")[1])
        self.edition = "tf-2.0" if minor < 3 else "tf-2.3" if minor < 4 else "tf-2.4" if minor < 10 else "tf-2.10"

    def array(self, tensor):
        return tensor.numpy()

    def gradient(self, reg, x):
        return tape(self.engine, reg, x)


def tape(tensorflow, reg, x):
    with tensorflow.GradientTape() as tape:
        tape.watch(x)
        y = reg(x)
    return tape.gradient(y, x)


def numpy_type(dtype):
    """The numpy type; bfloat16 is one that a backend brings."""
    if dtype != "bf16":
        return numpy.dtype(LONG[dtype])
    try:
        from ml_dtypes import bfloat16
    except ImportError:
        from tensorflow import bfloat16
        return numpy.dtype(bfloat16.as_numpy_dtype)
    return numpy.dtype(bfloat16)


def decode(dtype, shape, words):
    dtype = numpy_type(dtype)
    return numpy.array([int(word, 16) for word in words], "u%d" % dtype.itemsize).view(dtype).reshape(shape)


def encode(dtype, array):
    """The bits. Keras may answer in another type than that of the weights, which is right if no digit is lost."""
    array = numpy.ascontiguousarray(array).reshape(-1)
    asked = array.astype(numpy_type(dtype))
    if not ((asked.astype(array.dtype) == array) | (array != array)).all():
        raise Failure("internal", "Keras answers in %s: %s" % (array.dtype, array.tolist()[:4]))
    return ["%0*x" % (2 * asked.itemsize, bits) for bits in asked.view("u%d" % asked.itemsize).tolist()]


def double(word):
    return struct.unpack(">d", bytes.fromhex(word))[0]


class Subject:
    def __init__(self, keras):
        self.keras, self.regularizers = keras, keras.keras.regularizers

    def hello(self):
        backend = self.keras.backend
        ops = ["construct", "penalty", "activity", "gradient", "get", "config"]
        packages = ["python " + platform.python_version(), "numpy " + numpy.__version__]
        packages += [backend + " " + self.keras.engine.__version__] * (backend != "numpy")
        return {"hello": 1, "name": self.keras.name, "version": self.keras.version,
                "language": ", ".join(packages),
                "claims": {"ops": [op for op in ops if op != "gradient" or backend != "numpy"],
                           "dtypes": [dtype for dtype in LONG if dtype != "f64" or backend != "jax"],
                           "regs": ["l1", "l2", "l1l2"] + ["orthogonal"] * hasattr(self.regularizers, ORTHOGONAL),
                           "subnormals": "flushed" if backend in ("jax", "tensorflow") else "gradual",
                           "at_zero": "plus" if backend == "jax" else "zero", "editions": [self.keras.edition]}}

    def answer(self, request):
        try:
            return getattr(self, request["op"])(request)
        except Failure as failure:
            kind, message = failure.args
        except Exception as error:
            message = "%s: %s" % (type(error).__name__, error)
            kind = next((kind for text, kind in MESSAGES.items() if text in message), "internal")
        return {"error": kind, "message": message[:200]}

    def regularizer(self, request):
        (key, arguments), = request["reg"].items()
        if key == "orthogonal":
            return self.regularizers.OrthogonalRegularizer(double(arguments[0]), mode=arguments[1])
        if key == "l1l2":
            return self.regularizers.L1L2(*map(double, arguments))
        return getattr(self.regularizers, key)(double(arguments))

    def tensor(self, request):
        shape = request.get("shape", len(request["x"]))
        return self.keras.tensor(decode(request["dtype"], shape, request["x"]))

    def numbers(self, request, tensor):
        return {"y": encode(request["dtype"], self.keras.array(tensor))}

    def echo(self, request):
        return self.numbers(request, self.tensor(request))

    def construct(self, request):
        self.regularizer(request)
        return {"y": []}

    def penalty(self, request):
        return self.numbers(request, self.regularizer(request)(self.tensor(request)))

    def activity(self, request):
        layer = self.keras.keras.layers.Activation("linear", activity_regularizer=self.regularizer(request),
                                                   dtype=LONG[request["dtype"]])
        layer(self.tensor(request))
        loss, = layer.losses
        return self.numbers(request, loss)

    def gradient(self, request):
        x = self.tensor(request)
        gradient = self.keras.gradient(self.regularizer(request), x)
        # TensorFlow and torch have none where the penalty does not depend on x; a loss gets nothing from it then.
        return self.numbers(request, self.keras.tensor(numpy.zeros(len(x))) if gradient is None else gradient)

    def config(self, request):
        return {"config": self.regularizers.serialize(self.regularizer(request))}

    def get(self, request):
        identifier = request["identifier"]
        try:
            found = self.regularizers.get(identifier)
        except Exception as error:
            message = "%s: %s" % (type(error).__name__, error)
            if any(text in message for text in MESSAGES):
                raise
            name = identifier.get("class_name") if isinstance(identifier, dict) else identifier
            kind = "unknown-name" if isinstance(name, str) and not self.knows(name) else "invalid-identifier"
            raise Failure(kind, message)
        if found is None:
            return {"reg": None}
        key = CLASSES.get(type(found).__name__)
        if key is None:  # tf.keras of 2.13 and later gives an unknown string back
            raise Failure("internal", "get returns %r, which is no regularizer" % (found,))
        values = [value if isinstance(value, str) else struct.pack(">d", value).hex()
                  for value in found.get_config().values()]
        return {"reg": {key: values if len(values) > 1 else values[0]}}

    def knows(self, name):
        """Whether a name means a regularizer, so that what failed is its config."""
        try:
            return type(self.regularizers.get(name)).__name__ in CLASSES
        except Exception:
            return False


def main():
    # Whatever a package prints goes to stderr: stdout is the protocol.
    protocol = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    mode = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("KERAS_BACKEND", "tensorflow")
    subject = Subject(Keras2() if mode == "tf_keras" else Keras3(mode))
    for line in open(0, encoding="utf-8"):
        request = json.loads(line)
        if "bye" in request:
            break
        reply = subject.hello() if "hello" in request else dict(subject.answer(request), id=request["id"])
        protocol.write(json.dumps(reply) + "\n")
        protocol.flush()


if __name__ == "__main__":
    main()
