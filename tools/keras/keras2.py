"""Keras 2.0 to 2.3, the package `keras` over TensorFlow 1 or Theano: graphs, evaluated with a session.

Python 3.6 and later.
"""

import numpy


class Keras:
    def __init__(self, backend):
        if backend == "tensorflow":
            import tensorflow
            tensorflow.logging.set_verbosity(tensorflow.logging.ERROR)
            self.engine = tensorflow
        else:
            import theano
            self.engine = theano
        import keras
        self.keras = keras
        self.backend = backend
        self.packages = {"keras": keras.__version__, backend: self.engine.__version__, "numpy": numpy.__version__}

    def start(self):
        """Called before a question: a new session. A graph numbers its names, and it keeps an operation that
        TensorFlow cannot place, which then fails every later question."""
        if self.backend == "tensorflow":
            self.keras.backend.clear_session()
            self.keras.backend.set_session(self.engine.Session(config=self.engine.ConfigProto(
                intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, device_count={"GPU": 0})))

    def serialize(self, regularizer):
        return self.keras.regularizers.serialize(regularizer)

    def placeholder(self, array):
        return self.keras.backend.placeholder(shape=array.shape, dtype=str(array.dtype))

    def run(self, inputs, outputs, arrays):
        """The values of outputs; those that are no tensors as they are."""
        symbolic = [output for output in outputs if not isinstance(output, (int, float))]
        values = iter(self.keras.backend.function(inputs, symbolic)(arrays) if symbolic else [])
        return [output if isinstance(output, (int, float)) else next(values) for output in outputs]

    def echo(self, array):
        x = self.placeholder(array)
        return self.run([x], [self.keras.backend.identity(x)], [array])[0]

    def penalty(self, regularizer, array):
        x = self.placeholder(array)
        return self.run([x], [regularizer(x)], [array])[0]

    def gradient(self, regularizer, array):
        x = self.placeholder(array)
        gradient, = self.keras.backend.gradients(regularizer(x), [x])
        return None if gradient is None else self.run([x], [gradient], [array])[0]

    def activity(self, regularizer, array):
        layer = self.keras.layers.Activation("linear")
        layer.activity_regularizer = regularizer  # this generation's Activation has no such argument
        x = self.keras.layers.Input(tensor=self.placeholder(array))
        layer(x)
        return self.run([x], layer.losses, [array])

    def dense(self, units, weight, bias, regularizers, name=None, **more):
        constant = self.keras.initializers.Constant
        return self.keras.layers.Dense(units, kernel_initializer=constant(weight), bias_initializer=constant(bias),
                                       name=name, **dict(regularizers, **more))

    def layer(self, regularizers, trainable, batch):
        layer = self.dense(3, 2.0, 3.0, regularizers)
        layer.build((None, 2))
        layer.trainable = trainable
        x = self.keras.layers.Input(shape=(2,))
        layer(x)
        return self.run([x], layer.losses, [numpy.ones((batch, 2), self.keras.backend.floatx())])

    def model(self, layers, batch):
        model = self.keras.models.Sequential()
        for index, (name, regularizers, trainable) in enumerate(layers):
            first = {"input_shape": (2,)} if index == 0 else {}
            layer = self.dense(2, index + 2.0, 1.0, regularizers, name=name, **first)
            model.add(layer)
            layer.trainable = trainable
        values = self.run([model.input], model.losses, [numpy.ones((batch, 2), self.keras.backend.floatx())])
        # Keras 2.2 returns the elements of a set, so their order says nothing.
        return sorted(values) if self.keras.__version__.startswith("2.2.") else values
