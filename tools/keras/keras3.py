"""Keras 3 over numpy, JAX, TensorFlow or torch: eager.

The backend is imported before Keras, and tensors are made and read by the backend itself.
"""

import os

import numpy

from bits import Unsupported
from eager import Eager


class Numpy:
    tensor = staticmethod(numpy.asarray)
    array = staticmethod(numpy.asarray)

    def __init__(self):
        self.version = numpy.__version__

    def gradient(self, function, array):
        raise Unsupported("no automatic differentiation")


class Jax:
    array = staticmethod(numpy.asarray)

    def __init__(self):
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
        import jax
        self.jax, self.tensor, self.version = jax, jax.numpy.asarray, jax.__version__

    def gradient(self, function, array):
        return self.jax.grad(function)(self.tensor(array))


class TensorFlow:
    def __init__(self):
        import tensorflow
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        self.tensorflow, self.tensor, self.version = tensorflow, tensorflow.constant, tensorflow.__version__

    def array(self, tensor):
        return tensor.numpy() if hasattr(tensor, "numpy") else tensor.value.numpy()

    def gradient(self, function, array):
        x = self.tensor(array)
        with self.tensorflow.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)


class Torch:
    def __init__(self):
        import torch
        torch.set_num_threads(1)
        self.torch, self.version = torch, torch.__version__

    def tensor(self, array):
        array = numpy.array(array)  # torch wants to own what it may write to
        if str(array.dtype) == "bfloat16":  # numpy's bfloat16 is not known to torch
            return self.torch.from_numpy(array.view("i2")).view(self.torch.bfloat16)
        return self.torch.from_numpy(array)

    def array(self, tensor):
        tensor = tensor.detach().cpu()
        if tensor.dtype == self.torch.bfloat16:
            import ml_dtypes
            return tensor.view(self.torch.int16).numpy().view(ml_dtypes.bfloat16)
        return tensor.numpy()

    def gradient(self, function, array):
        x = self.tensor(array).requires_grad_()
        gradient, = self.torch.autograd.grad(function(x), [x])
        return gradient


BACKENDS = {"numpy": Numpy, "jax": Jax, "tensorflow": TensorFlow, "torch": Torch}


class Keras(Eager):
    def __init__(self, backend):
        self.backend = BACKENDS[backend]()
        os.environ["KERAS_BACKEND"] = backend
        import keras
        if keras.backend.backend() != backend:
            raise SystemExit("Keras took another backend: " + keras.backend.backend())
        self.keras = keras
        self.packages = {"keras": keras.__version__, backend: self.backend.version, "numpy": numpy.__version__}

    def tensor(self, array):
        return self.backend.tensor(array)

    def value(self, result):
        """A tensor as an array; what is no tensor as it is."""
        if result is None or isinstance(result, (int, float)):
            return result
        return self.backend.array(result)

    def gradient(self, regularizer, array):
        return self.value(self.backend.gradient(regularizer, array))
