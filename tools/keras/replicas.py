"""Take one step on 1, 2 and 4 replicas in real Keras and write down what a penalty did to a weight.

    python replicas.py               # writes tools/keras/replicas.md and prints it
    python replicas.py --out FILE    # elsewhere

The replicas are those of `tf.distribute.MirroredStrategy` on virtual CPUs. Keras 3.15.1 and tf_keras are in the
environments of `record.py`, the releases before on a TensorFlow of their time. Python 3.11 and later, standard library only.
"""

import argparse
import importlib
import inspect
import json
import pathlib
import platform
import subprocess
import sys
import textwrap
import time

HERE = pathlib.Path(__file__).resolve().parent
COMMAND = "python tools/keras/replicas.py"

TENSORFLOW, PYTHON = "2.18.1", "3.12"  # allows Keras 3.5 and later
RELEASES = ["3.5.0", "3.7.0", "3.8.0"]
ENVIRONMENTS = ["keras-3.15.1-tensorflow", "tf-keras-2.21.0"]

# The weight is 1, and so is every input: without a batch's division the activity counts BATCH times what the kernel does.
REPLICAS, BATCH, FACTOR, RATE = [1, 2, 4], 4, 0.5, 0.1
ROLES = ["kernel", "activity"]

# Where a package divides a penalty by the replicas, if it does: a module, a class, a method, and a text of its source.
DIVISION = {
    "keras": ("keras.src.backend.tensorflow.trainer", "TensorFlowTrainer", "_aggregate_additional_loss",
              "loss_module.scale_loss_for_distribution(loss)"),
    "tf_keras": ("tf_keras.src.engine.compile_utils", "LossesContainer", "__call__",
                 "losses_utils.scale_loss_for_distribution(reg_loss)"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "replicas.md")
    parser.add_argument("--inside", nargs=2, metavar=("PACKAGE", "REPLICAS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        package, replicas = arguments.inside
        print(json.dumps(inside(package, int(replicas))))
        return
    sys.dont_write_bytecode = True
    import record
    started = time.monotonic()
    record.CACHE.mkdir(parents=True, exist_ok=True)
    try:
        asked = [ask(record, *subject) for subject in subjects(record)]
    except record.Missing as missing:
        parser.error(str(missing))
    text = page(asked)
    arguments.out.write_text(text)
    record.say(f"{text}\n{time.monotonic() - started:.0f} s")


def subjects(record):
    """What is asked: a name, its package, the Python of its environment, and the variables it runs with."""
    for release in RELEASES:
        python = install(record)
        variables = record.surroundings("tensorflow", record.CACHE)
        variables["PYTHONPATH"] = str(record.overlay(python, release, record.CACHE))
        yield f"keras {release}", "keras", python, variables
    for name in ENVIRONMENTS:
        environment = record.read_environments()[name]
        package = "tf_keras" if environment["edition"].startswith("tf-") else "keras"
        yield name, package, *record.prepare(environment, record.CACHE)


def install(record):
    """The Python of an environment with TENSORFLOW. Nothing else is pinned: no other package decides these numbers."""
    folder = record.CACHE / f"tensorflow=={TENSORFLOW}"
    stamp = folder / "installed"
    if not stamp.exists():
        record.say(f"tensorflow {TENSORFLOW}: installing for Python {PYTHON}")
        record.pip(record.create(folder, PYTHON), "install", f"tensorflow-cpu=={TENSORFLOW}")
        stamp.touch()
    return folder / "bin" / "python"


def ask(record, name, package, python, variables):
    """The answers of one subject by the number of replicas."""
    answers = {}
    for replicas in REPLICAS:
        # A process for each: TensorFlow keeps the group of a device, and another number of devices is an error.
        run = subprocess.run([python, __file__, "--inside", package, str(replicas)], env=variables, text=True,
                             capture_output=True)
        if run.returncode != 0:
            raise SystemExit(f"{name} on {replicas} replicas ended with status {run.returncode}; it said:\n"
                             + "\n".join(run.stderr.splitlines()[-20:]))
        answers[replicas] = json.loads(run.stdout.splitlines()[-1])
        record.say(f"{name} on {replicas}: {', '.join(answers[replicas][role] for role in ROLES)}")
    return answers


def inside(package, replicas):
    """The weight after one step for each role, who answers, and whether its source divides."""
    import tensorflow
    tensorflow.config.set_logical_device_configuration(
        tensorflow.config.list_physical_devices("CPU")[0],
        [tensorflow.config.LogicalDeviceConfiguration()] * max(REPLICAS))
    keras = importlib.import_module(package)
    answer = {role: step(keras, tensorflow, replicas, role) for role in ROLES}
    return dict(answer, package=package, keras=keras.__version__, tensorflow=tensorflow.__version__,
                python=platform.python_version(), divides=divides(package))


def step(keras, tensorflow, replicas, role):
    import numpy

    strategy = tensorflow.distribute.MirroredStrategy([f"CPU:{index}" for index in range(replicas)])
    if strategy.num_replicas_in_sync != replicas:
        raise SystemExit(f"{strategy.num_replicas_in_sync} replicas, not {replicas}")
    with strategy.scope():
        regularizer = {f"{role}_regularizer": keras.regularizers.L2(FACTOR)}
        model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", **regularizer)])
        model.build((None, 1))
        # The data's loss has no gradient, so that the step is that of the penalty.
        model.compile(keras.optimizers.SGD(RATE), lambda wanted, output: 0.0 * output)
    ones = numpy.ones((BATCH, 1), "float32")
    model.fit(ones, ones, batch_size=BATCH, epochs=1, verbose=0)
    weight, = model.get_weights()
    return str(weight[0, 0])


def divides(package):
    """Whether the method that divides is there. One that is inherited is that of another backend, too."""
    module, of, method, text = DIVISION[package]
    function = vars(getattr(importlib.import_module(module), of)).get(method)
    return function is not None and text in inspect.getsource(function)


def page(asked):
    """The recording."""
    heads = ["release", "TensorFlow", "Python"]
    heads += [f"{role}, {'1 replica' if replicas == 1 else replicas}" for role in ROLES for replicas in REPLICAS]
    rows = [heads, ["---"] * 3 + ["---:"] * (len(heads) - 3)]
    for answers in asked:
        who = answers[REPLICAS[0]]
        rows.append([f"{who['package']} {who['keras']}", who["tensorflow"], who["python"]]
                    + [answers[replicas][role] for role in ROLES for replicas in REPLICAS])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    once = 1 - RATE * 2 * FACTOR
    return f"""# A penalty on several replicas

Made by `{COMMAND}`. The weight after one step of `SGD({RATE})` in `fit`, under `tf.distribute.MirroredStrategy` on 1, 2 and
4 virtual CPUs. The layer is a `Dense(1)` without a bias, its weight 1; the batch is {BATCH} inputs of 1, which the replicas share; the
data's loss is times 0. The penalty is `L2({FACTOR})` of the kernel, or of the output as the activity.

{table}

Of the kernel, {once:g} is the penalty once, whatever the replicas; {1 - RATE * 2 * FACTOR * 2:g} on 2 and \
{1 - RATE * 2 * FACTOR * 4:g} on 4 is once for each. Of the activity, once is the
weight on 1 replica: {once:g} where the penalty is divided by the length of the batch (`activity.divided` in SPEC.md), \
{1 - RATE * 2 * FACTOR * BATCH:g} where it is not.
A weight nearer to 1 is less than once.

{sources([answers[REPLICAS[0]] for answers in asked])}
"""


def sources(subjects):
    """Where it is done, and in which of the releases that were asked."""
    lines = []
    for package, (module, of, method, text) in DIVISION.items():
        there, missing = (" and ".join(f"v{subject['keras']}" for subject in subjects
                                       if subject["package"] == package and subject["divides"] == present)
                          for present in (True, False))
        line = f"{module.replace('.', '/')}.py at {there or 'no tag'}, `{of}.{method}`: `{text}`."
        lines.append(line + (f" It is not there at {missing}." if missing else ""))
    lines += [
        "keras/src/losses/loss.py at v3.8.0, `scale_loss_for_distribution`: times 1/`num_replicas_in_sync`.",
        "keras/src/trainers/trainer.py at v3.7.0, `Trainer.compute_loss`: `ops.sum(ops.cast(loss, dtype=backend.floatx()))`.",
        "keras/src/backend/tensorflow/optimizer.py at v3.7.0 and v3.8.0, `TFOptimizer._all_reduce_sum_gradients`: gradients "
        "are summed.",
    ]
    return "\n".join(textwrap.fill(f"> Source. {line}", 135, subsequent_indent="> ", break_long_words=False,
                                   break_on_hyphens=False) for line in lines)


if __name__ == "__main__":
    main()
