"""What every eager Keras is asked alike: how layers are made, called and read.

Python 3.6 and later.
"""

import numpy


class Eager:
    """A subclass has `keras`, makes tensors of arrays with `tensor`, and arrays of tensors with `value`."""

    def start(self):
        """Called before a question."""

    def serialize(self, regularizer):
        return self.keras.regularizers.serialize(regularizer)

    def echo(self, array):
        return self.value(self.tensor(array))

    def penalty(self, regularizer, array):
        return self.value(regularizer(self.tensor(array)))

    def activity(self, regularizer, array):
        layer = self.keras.layers.Activation("linear", activity_regularizer=regularizer, dtype=str(array.dtype))
        layer(self.tensor(array))
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
        layer(self.tensor(numpy.ones((batch, 2), self.keras.backend.floatx())))
        return [self.value(loss) for loss in layer.losses]

    def layer(self, regularizers, trainable, batch):
        return self.losses(self.dense(3, 2.0, 3.0, regularizers, trainable), batch)

    def model(self, layers, batch):
        return self.losses(self.keras.models.Sequential([
            self.dense(2, index + 2.0, 1.0, regularizers, trainable, name)
            for index, (name, regularizers, trainable) in enumerate(layers)]), batch)
