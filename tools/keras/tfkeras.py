"""tf.keras of TensorFlow 2.0 to 2.15, and the package `tf_keras` that continues it: eager.

Python 3.6 and later.
"""

import numpy
import tensorflow


def version(package):
    """The version of an installed package. The `tensorflow.keras` of some releases does not know its own."""
    from importlib.metadata import version as installed  # those releases run on Python 3.8 and later
    return installed(package)


class Keras:
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

    def start(self):
        """Called before a question."""

    def serialize(self, regularizer):
        return self.keras.regularizers.serialize(regularizer)

    def value(self, result):
        """A tensor as an array; what is no tensor as it is."""
        return result.numpy() if hasattr(result, "numpy") else result

    def echo(self, array):
        return tensorflow.identity(tensorflow.constant(array)).numpy()

    def penalty(self, regularizer, array):
        return self.value(regularizer(tensorflow.constant(array)))

    def gradient(self, regularizer, array):
        x = tensorflow.constant(array)
        with tensorflow.GradientTape() as tape:
            tape.watch(x)
            y = regularizer(x)
        return self.value(tape.gradient(y, x))

    def activity(self, regularizer, array):
        layer = self.keras.layers.Activation("linear", activity_regularizer=regularizer, dtype=str(array.dtype))
        layer(tensorflow.constant(array))
        return [self.value(loss) for loss in layer.losses]

    def dense(self, units, weight, bias, regularizers, trainable, name=None):
        constant = self.keras.initializers.Constant
        layer = self.keras.layers.Dense(units, kernel_initializer=constant(weight), bias_initializer=constant(bias),
                                        name=name, dtype=self.keras.backend.floatx(), **regularizers)
        layer.build((None, 2))
        layer.trainable = trainable
        return layer

    def losses(self, layer, batch):
        """The losses after a call on ones."""
        layer(tensorflow.ones((batch, 2), self.keras.backend.floatx()))
        return [self.value(loss) for loss in layer.losses]

    def layer(self, regularizers, trainable, batch):
        return self.losses(self.dense(3, 2.0, 3.0, regularizers, trainable), batch)

    def model(self, layers, batch):
        return self.losses(self.keras.models.Sequential([
            self.dense(2, index + 2.0, 1.0, regularizers, trainable, name)
            for index, (name, regularizers, trainable) in enumerate(layers)]), batch)
