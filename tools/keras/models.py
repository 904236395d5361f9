"""Write a model file whose layers carry every kind of regularizer.

    python models.py PREFIX     # PREFIX.keras; with Keras 2.15 also PREFIX.json, the text of `model.to_json()`

`record.py --models` runs it in the environments that say so.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

if os.environ.get("KERAS_BACKEND") == "tensorflow":
    import tensorflow

    keras = tensorflow.keras
    absolute, maximum = tensorflow.abs, tensorflow.reduce_max
else:
    import keras

    absolute, maximum = keras.ops.abs, keras.ops.max

layers = keras.layers
l1, l2, l1_l2 = keras.regularizers.l1, keras.regularizers.l2, keras.regularizers.L1L2


@keras.utils.register_keras_serializable(package="my")
class Largest(keras.regularizers.Regularizer):
    """A regularizer that Keras does not have: factor * max |x|."""

    def __init__(self, factor=0.5):
        self.factor = factor

    def __call__(self, x):
        return self.factor * maximum(absolute(x))

    def get_config(self):
        return {"factor": self.factor}


def model():
    """Every role, every class, a wrapper, a nested model, a string, a registered class, and none."""
    head = keras.Sequential([
        layers.Dense(2, name="hidden", kernel_regularizer=l1_l2(l1=1e-5, l2=1e-4), bias_regularizer=l2(1e-4),
                     activity_regularizer=l1(1e-5)),
        layers.Dense(2, name="again", kernel_regularizer=l1_l2(l1=1e-5, l2=1e-4), bias_regularizer=l2(1e-4),
                     activity_regularizer=l1(1e-5)),
    ], name="head")
    tokens = x = layers.Input((6,), dtype="int32", name="tokens")
    x = layers.Embedding(4, 2, name="embedding", embeddings_regularizer=l2(1e-4))(x)
    orthogonal = layers.Dense(2, name="orthogonal", use_bias=False,
                              kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.01, mode="columns"))
    x = layers.TimeDistributed(orthogonal, name="time_distributed")(x)
    x = layers.SeparableConv1D(2, 3, name="separable", use_bias=False, depthwise_regularizer=l2(1e-3),
                               pointwise_regularizer=l1(1e-3))(x)
    x = layers.LSTM(2, name="lstm", use_bias=False, kernel_regularizer=l2(0.01), recurrent_regularizer=l1(1e-3))(x)
    x = layers.BatchNormalization(name="normalization", gamma_regularizer=l2(0.01), beta_regularizer=l1(0.01))(x)
    x = head(x)
    x = layers.Dense(2, name="by_name", use_bias=False, kernel_regularizer="l2")(x)
    x = layers.ActivityRegularization(l1=0.01, l2=0.02, name="activity")(x)
    x = layers.Dense(2, name="custom", use_bias=False, kernel_regularizer=Largest(0.5))(x)
    x = layers.Dense(1, name="none", use_bias=False)(x)
    return keras.Model(tokens, x, name="regularized")


def main():
    prefix = sys.argv[1]
    keras.utils.set_random_seed(1)
    written = model()
    written.save(prefix + ".keras")
    # What cannot be read back is no example.
    read = keras.models.load_model(prefix + ".keras")
    if read.to_json() != written.to_json():
        raise SystemExit("the model was read back differently")
    if not hasattr(keras, "ops"):
        with open(prefix + ".json", "w", encoding="ascii") as file:
            file.write(written.to_json() + "\n")


if __name__ == "__main__":
    main()
