"""tf.keras of TensorFlow 2.0 to 2.15, and the package `tf_keras` that continues it: eager.

Python 3.6 and later.
"""

import numpy
import tensorflow

from eager import Eager


def version(package):
    """The version of an installed package. The `tensorflow.keras` of some releases does not know its own."""
    from importlib.metadata import version as installed  # those releases run on Python 3.8 and later
    return installed(package)


class Keras(Eager):
    tensor = staticmethod(tensorflow.constant)

    def __init__(self, backend):
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        try:
            import tf_keras as keras
            self.packages = {"tf_keras": keras.__version__}
        except ImportError:
            keras = tensorflow.keras
            self.packages = {"keras": getattr(keras, "__version__", None) or version("keras")}
        self.keras = keras
        self.packages.update(tensorflow=tensorflow.__version__, numpy=numpy.__version__)

    def value(self, result):
        """A tensor as an array; what is no tensor as it is."""
        return result.numpy() if hasattr(result, "numpy") else result

    def gradient(self, regularizer, array):
        x = self.tensor(array)
        with tensorflow.GradientTape() as tape:
            tape.watch(x)
            y = regularizer(x)
        return self.value(tape.gradient(y, x))
