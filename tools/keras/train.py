"""Train the model of `frameworks/` in real Keras and write down where it went.

    python train.py                  # writes frameworks/data/keras-f32.safetensors and keras-f64.safetensors
    python train.py --out FOLDER     # elsewhere

The environment is that of `record.py`, with safetensors beside it. The numbers of a run depend in their last bits on the
vector instructions of the machine; what is compared with them allows for that.

A file has, in the type of its run: `loss`, that of every step; `lambda`, the factor of every epoch, f64; `step`, at which
steps it was asked, i64; `penalty`, what Keras then said of each loss in the order of the metadata's `penalties`; and the
weights at these steps, before the step, as `hidden.kernel` and so on. The first are the initial weights.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENVIRONMENT = "keras-3.15.1-tensorflow"
SAFETENSORS = "0.8.0"

# frameworks/src/digits.rs and src/recording.rs say the same.
# A rate that f32 holds, since Keras keeps it in f32 in a run of f64, too.
TRAINED, BATCH, EPOCHS, RATE = 1437, 32, 10, 0.125
HIDDEN, CLASSES = 32, 10
LAMBDA, RAMP = 0.002, 4  # of the hidden kernel: from 0 to LAMBDA in RAMP epochs
# Factors of L2 that f32 holds, since Keras on TensorFlow rounds them to it in a run of f64, too.
HIDDEN_BIAS, ACTIVITY, OUTPUT_KERNEL, OUTPUT_BIAS = 2**-10, 1e-4, 2**-10, 1e-4
PENALTIES = ["hidden.activity", "hidden.kernel", "hidden.bias", "output.kernel", "output.bias"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "frameworks" / "data")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        for precision in ["float32", "float64"]:
            run(precision, arguments.out)
        article(arguments.out)
        return
    sys.dont_write_bytecode = True
    import record
    python, variables = record.prepare(record.read_environments()[ENVIRONMENT], record.CACHE)
    folder = record.CACHE / f"safetensors=={SAFETENSORS}"
    if not (folder / "safetensors").is_dir():
        record.pip(python, "install", "--no-deps", "--target", folder, f"safetensors=={SAFETENSORS}")
    variables["PYTHONPATH"] = os.pathsep.join([str(folder), variables["PYTHONPATH"]])
    inside = [python, __file__, "--inside", "--out", arguments.out.resolve()]
    raise SystemExit(subprocess.run(inside, env=variables).returncode)


def run(precision, out):
    import keras
    import numpy
    import tensorflow
    from safetensors.numpy import save_file

    l1, l2 = keras.regularizers.L1, keras.regularizers.L2
    data = numpy.loadtxt(ROOT / "frameworks" / "data" / "digits.csv", delimiter=",")
    pixels, digits = (data[:, :64] / 16).astype(precision), data[:, 64].astype("int32")
    keras.utils.set_random_seed(1)
    # Both runs begin with weights of f32.
    glorot = keras.initializers.GlorotUniform(seed=1)
    first, second = (numpy.array(glorot(shape, "float32")) for shape in [(64, HIDDEN), (HIDDEN, CLASSES)])
    hidden = keras.layers.Dense(HIDDEN, "relu", dtype=precision, bias_regularizer=l2(HIDDEN_BIAS),
                                kernel_regularizer=l1(0.0), activity_regularizer=l1(ACTIVITY))
    output = keras.layers.Dense(CLASSES, dtype=precision, kernel_regularizer=l2(OUTPUT_KERNEL),
                                bias_regularizer=l1(OUTPUT_BIAS))
    model = keras.Sequential([keras.Input((64,), dtype=precision), hidden, output])
    hidden.set_weights([first.astype(precision), numpy.zeros(HIDDEN, precision)])
    output.set_weights([second.astype(precision), numpy.zeros(CLASSES, precision)])
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype=precision)
    optimizer = keras.optimizers.SGD(RATE)

    weights = {"hidden.kernel": hidden.kernel, "hidden.bias": hidden.bias,
               "output.kernel": output.kernel, "output.bias": output.bias}
    kept = {name: [] for name in weights}
    losses, asked, penalties, lambdas = [], [], [], []
    for epoch in range(EPOCHS + 1):
        if epoch < EPOCHS:
            lambdas.append(LAMBDA * min(1.0, epoch / RAMP))
        # Keras asks the variable, not the layer.
        hidden.kernel.regularizer = l1(lambdas[-1])
        for at in range(0, TRAINED, BATCH):
            x, y = pixels[at:min(at + BATCH, TRAINED)], digits[at:min(at + BATCH, TRAINED)]
            with tensorflow.GradientTape() as tape:
                loss = cross_entropy(y, model(x, training=True))
                total = sum(model.losses, start=loss)
            if at == 0:
                asked.append(len(losses))
                penalties.append([float(penalty) for penalty in model.losses])
                for name, weight in weights.items():
                    kept[name].append(numpy.array(weight.value))
            if epoch == EPOCHS:
                break
            losses.append(float(total))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(total, [v.value for v in variables]), variables)
        if epoch == EPOCHS:
            break
        print(f"{precision} epoch {epoch}: loss {losses[-1]:.6f}", flush=True)
    right = numpy.argmax(model.predict(pixels[TRAINED:], verbose=0), axis=1) == digits[TRAINED:]
    tensors = {name: numpy.stack(values) for name, values in kept.items()}
    tensors |= {"loss": numpy.array(losses, precision), "penalty": numpy.array(penalties, precision),
                "step": numpy.array(asked, "int64"), "lambda": numpy.array(lambdas, "float64")}
    save_file(tensors, out / f"keras-f{precision[-2:]}.safetensors", {
        "keras": keras.__version__, "tensorflow": tensorflow.__version__, "penalties": json.dumps(PENALTIES),
        "held out": str(right.sum())})
    (out / f"keras-f{precision[-2:]}.safetensors").chmod(0o644)  # safetensors makes it private


def article(out):
    """The four lines of the article, on weights and inputs whose sums are exact in f32."""
    import keras
    import numpy

    def numbers(shape, by=31):
        count = int(numpy.prod(shape))
        return (((numpy.arange(count) * 37 % by) - by // 2) / 64).astype("float32").reshape(shape)

    l1, l2, l1_l2 = keras.regularizers.l1, keras.regularizers.l2, keras.regularizers.L1L2
    dense, lstm = keras.layers.Dense, keras.layers.LSTM
    lines = {
        "Dense(256, kernel_regularizer=l1(0.01))": dense(256, kernel_regularizer=l1(0.01)),
        "Dense(256, kernel_regularizer=l2(0.01))": dense(256, kernel_regularizer=l2(0.01)),
        "LSTM(256, kernel_regularizer=l1_l2(0.001, 0.01))": lstm(256, kernel_regularizer=l1_l2(0.001, 0.01)),
        "Dense(256, kernel_regularizer=l1(0.01), bias_regularizer=l1(0.01), activity_regularizer=l1(0.01))": dense(
            256, kernel_regularizer=l1(0.01), bias_regularizer=l1(0.01), activity_regularizer=l1(0.01)),
    }
    answers = {}
    for line, layer in lines.items():
        shape = (4, 5, 8) if isinstance(layer, lstm) else (4, 64)
        inputs = numpy.sign(numbers(shape, 3))
        layer.build(shape)
        layer.set_weights([numbers(weight.shape) for weight in layer.weights])
        layer(inputs)
        answers[line] = [float(loss) for loss in layer.losses]
    text = json.dumps({"keras": keras.__version__, "losses": answers}, indent=2)
    (out / "keras-article.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
