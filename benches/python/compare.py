"""Time penalties of numpy, Keras on jax, Keras on tensorflow and torch beside ours, in f32, on this machine.

    python compare.py                       # installs what PINS names outside of the repository, but for torch
    python compare.py --torch               # and torch, whose packages are gigabytes
    python compare.py --python PATH ...     # installs nothing: asks these Pythons for what they have
    python compare.py --up-to 10000 --turns 3

Writes python.jsonl, a line of JSON for each time, and prints a table. Each result is asserted to be the real number
within its roundings before it is timed. Ours is timed by `benches/peers`, built without its peers, before and after each
library, and the time in the middle counts. What is not installed is named and left out. Python 3.11 to 3.13 on Linux,
where these versions have packages; cargo.
"""

import argparse
import importlib.metadata
import json
import math
import os
import pathlib
import subprocess
import sys
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE.parent / "peers" / "Cargo.toml"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "regularize-python-peers"

PINS = {"numpy": "numpy==2.4.6", "jax": "jax==0.10.2", "tensorflow": "tensorflow-cpu==2.21.0", "keras": "keras==3.15.1",
        "torch": "torch==2.15.0"}
# What runs in a process of its own, as Keras has one backend in a process, and the modules that it needs.
LIBRARIES = {"numpy": ["numpy"], "jax": ["jax", "keras"], "tensorflow": ["tensorflow", "keras"], "torch": ["torch", "keras"]}
QUIET = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "PYTHONWARNINGS": "ignore"}

L1, L2, STEP = 0.01, 0.01, 0.5
TURN = 2e-3  # seconds
ENOUGH = 5.0  # seconds for each subject, after which five turns are enough
UNIT = 2.0**-24


def say(text):
    print(text, file=sys.stderr, flush=True)


# The process that a person starts.


def install(torch):
    """The Python of an environment with the packages, made unless it is there. What cannot be installed is named."""
    python = CACHE / "bin" / "python"
    if not python.exists():
        say(f"a new environment: {CACHE}")
        venv.create(CACHE, with_pip=True)
    constraints = CACHE / "pins.txt"
    constraints.write_text("".join(pin + "\n" for pin in PINS.values()))
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", constraints]
    for module, pin in PINS.items():
        if module == "torch" and not torch:
            continue
        say(f"installing {pin}, unless it is there")
        if subprocess.run([*pip, pin]).returncode:
            say(f"{pin} was not installed, for the reason above")
    return python


def has(python, modules):
    """Whether a Python finds all modules."""
    ask = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))"
    return subprocess.run([python, "-c", ask, *modules]).returncode == 0


def how_to_get(library):
    """What to type."""
    if library == "torch":
        return "`python compare.py --torch` installs it"
    pins = " ".join(PINS[module] for module in dict.fromkeys(["numpy", *LIBRARIES[library]]))
    return f"`pip install {pins}` into one of the Pythons"


def lines(command, variables):
    """The lines of JSON that a process printed, and whether it ended well."""
    run = subprocess.run(command, env=dict(os.environ, **variables), stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")], run.returncode == 0


def measure(python, library, arguments):
    """What a library's process printed, and whether it ended well."""
    say(f"{library}:")
    command = [python, __file__, "--measure", library, "--up-to", str(arguments.up_to), "--turns", str(arguments.turns)]
    return lines(command, dict(QUIET, KERAS_BACKEND=library))


def measure_ours(arguments):
    """Ours and a loop, from the same minutes as the rest."""
    say("regularize:")
    command = ["cargo", "run", "--release", "--locked", "--quiet", "--no-default-features", "--manifest-path", PEERS, "--",
               str(arguments.up_to)]
    results, well = lines(command, {"BENCH_TURNS": str(arguments.turns)})
    if not well:
        raise SystemExit("ours was not measured, for the reason above; without it there are no ratios")
    return results


def one_of_each(results):
    """One time by operation, size and subject. Ours has several, and the least of many would be less than the least of one."""
    times = {}
    for result in results:
        times.setdefault((result["operation"], result["n"], result["subject"]), []).append(result)
    middle = lambda several: sorted(several, key=lambda result: result["ns"])[len(several) // 2]
    return [middle(times[key]) for key in sorted(times)]


def table(results):
    """Nanoseconds of a weight, times over ours, and errors."""
    ours = {(r["operation"], r["n"]): r["ns"] for r in results if r["subject"] == "regularize"}
    print(f"{'operation':10} {'weights':>9}  {'subject':32} {'ns':>9} {'over ours':>10} {'ulps':>9}")
    for r in results:
        ratio = r["ns"] / ours[r["operation"], r["n"]]
        print(f"{r['operation']:10} {r['n']:>9}  {r['subject']:32} {r['ns']:9.4f} {ratio:10.2f} {r['ulps']:9.2f}")


def compare(arguments):
    pythons = arguments.python or [install(arguments.torch)]
    results = measure_ours(arguments)
    failed = []
    for library, modules in LIBRARIES.items():
        python = next((python for python in pythons if has(python, modules)), None)
        if python is None:
            say(f"{library}: not installed, left out; {how_to_get(library)}")
            continue
        measured, well = measure(python, library, arguments)
        if not well:
            failed.append(library)
        results += measured + measure_ours(arguments)
    results = one_of_each(results)
    arguments.output.write_text("".join(json.dumps(result) + "\n" for result in results))
    table(results)
    say(f"written: {arguments.output}")
    if failed:
        raise SystemExit(f"stopped before the end, for the reasons above: {', '.join(failed)}")


# The process of one library.


def gamma(roundings):
    """The relative error of so many roundings one after the other."""
    return roundings * UNIT / (1 - roundings * UNIT) if roundings * UNIT < 1 else math.inf


def ulp(real):
    return 2.0 ** (math.frexp(real)[1] - 24)


class Numbers:
    """Weights, and what the real numbers are."""

    def __init__(self, n):
        import numpy

        self.n = n
        self.x = (0.1 * (numpy.random.default_rng(n).random(n, dtype=numpy.float32) - numpy.float32(0.5))).astype(numpy.float32)
        self.l1, self.l2, step = (float(numpy.float32(factor)) for factor in (L1, L2, STEP))
        x = self.x.astype(numpy.float64)
        # fsum is exact, and so is the square of an f32 as a double.
        self.value = self.l1 * math.fsum(abs(x)) + self.l2 * math.fsum(x * x)
        self.gradient = self.l1 * numpy.sign(x) + 2 * self.l2 * x
        self.prox = numpy.sign(x) * numpy.maximum(abs(x) - step * self.l1, 0) / (1 + 2 * step * self.l2)

    def error(self, operation, result):
        """The error in ulps, asserted to be inside the bound."""
        import numpy

        if operation == "prox":
            assert result.shape == self.x.shape and result.dtype == numpy.float32
            scale = abs(self.x.astype(numpy.float64))
            error = abs(result.astype(numpy.float64) - self.prox)
            # The threshold and the difference, the denominator twice, the quotient, and a product with the sign.
            assert (error <= gamma(7) * scale).all()
            return float((error / 2.0 ** (numpy.frexp(scale)[1] - 24)).max())
        if operation == "gradient":
            assert result.shape == self.x.shape and result.dtype == numpy.float32
            # At 0 every number of [-l1, l1] is a subgradient.
            at_0 = self.x == 0
            assert (abs(result[at_0]) <= numpy.float32(L1)).all()
            error = numpy.where(at_0, 0, abs(result.astype(numpy.float64) - self.gradient))
            assert (error <= gamma(5) * abs(self.gradient)).all()
            return float((error / 2.0 ** (numpy.frexp(self.gradient)[1] - 24)).max())
        if operation == "fused":
            value, gradient = result
            self.error("gradient", gradient)
            return self.error("value", value)
        # Any way through a sum of n terms has n additions, and a term four roundings.
        error = abs(float(result) - self.value)
        assert error <= gamma(self.n + 4) * self.value, (result, self.value)
        return error / ulp(self.value)


def of_numpy(x):
    """(operation, name, run, result as numpy) of each."""
    import numpy

    l1, l2, step = (numpy.float32(factor) for factor in (L1, L2, STEP))
    g = numpy.zeros_like(x)

    def value():
        return l1 * numpy.abs(x).sum() + l2 * numpy.square(x).sum()

    def gradient():
        numpy.add(g, l1 * numpy.sign(x) + 2 * l2 * x, out=g)
        return g

    def prox():
        return numpy.sign(x) * numpy.maximum(numpy.abs(x) - step * l1, 0) / (1 + 2 * step * l2)

    yield "value", "numpy", value, lambda y: y
    yield "gradient", "numpy", gradient, numpy.copy
    yield "prox", "numpy", prox, lambda y: y


def of_jax(x):
    import jax
    import keras
    import numpy

    regularizer = keras.regularizers.L1L2(L1, L2)
    x = jax.numpy.asarray(x)
    jitted, both = jax.jit(regularizer), jax.jit(jax.value_and_grad(regularizer))
    pair = lambda y: (numpy.asarray(y[0]), numpy.asarray(y[1]))
    yield "value", "Keras on jax, eager", lambda: regularizer(x).block_until_ready(), numpy.asarray
    yield "value", "Keras on jax, jit", lambda: jitted(x).block_until_ready(), numpy.asarray
    yield "fused", "Keras on jax, jit", lambda: jax.block_until_ready(both(x)), pair


def of_tensorflow(x):
    import keras
    import tensorflow as tf

    regularizer = keras.regularizers.L1L2(L1, L2)
    x = tf.Variable(x)

    def both():
        with tf.GradientTape() as tape:
            value = regularizer(x)
        return value, tape.gradient(value, x)

    ways = {"eager": lambda f: f, "function": tf.function, "XLA": lambda f: tf.function(f, jit_compile=True)}
    for name, way in ways.items():
        # The function of the variable, so that nothing is copied to call it.
        value, fused = way(lambda: regularizer(x)), way(both)
        yield "value", f"Keras on tensorflow, {name}", lambda f=value: f(), lambda y: y.numpy()
        yield "fused", f"Keras on tensorflow, {name}", lambda f=fused: f(), lambda y: (y[0].numpy(), y[1].numpy())


def of_torch(x):
    import keras
    import torch

    regularizer = keras.regularizers.L1L2(L1, L2)
    x = torch.from_numpy(x)
    taped = x.clone().requires_grad_()
    g = torch.zeros_like(x)

    def value():
        return L1 * x.abs().sum() + L2 * x.square().sum()

    def keras_value():
        with torch.no_grad():
            return regularizer(x)

    def gradient():
        return g.add_(x.sign(), alpha=L1).add_(x, alpha=2 * L2)

    def fused():
        taped.grad = None
        value = L1 * taped.abs().sum() + L2 * taped.square().sum()
        value.backward()
        return value, taped.grad

    def prox():
        return x.sign() * (x.abs() - STEP * L1).clamp_min(0) / (1 + 2 * STEP * L2)

    number = lambda y: y.detach().cpu().numpy()
    yield "value", "torch", value, number
    yield "value", "Keras on torch", keras_value, number
    yield "gradient", "torch", gradient, lambda y: number(y).copy()
    yield "fused", "torch", fused, lambda y: (number(y[0]), number(y[1]).copy())
    yield "prox", "torch", prox, number


def turn(run, runs):
    """The seconds of one of so many runs."""
    start = time.perf_counter()
    for _ in range(runs):
        run()
    return (time.perf_counter() - start) / runs


def versions(library):
    """The versions of what is measured; another than the pinned one is named."""
    found = []
    for module in reversed(LIBRARIES[library]):
        package, pinned = PINS[module].split("==")
        names = [package, module]  # tensorflow has a package of each name
        version = next(filter(None, map(version_of, names)), "of unknown version")
        if version != pinned:
            say(f"{module} {version}, and {pinned} is pinned")
        found.append(f"{module} {version}")
    return ", ".join(found)


def version_of(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def measure_library(library, up_to, turns):
    subjects_of = {"numpy": of_numpy, "jax": of_jax, "tensorflow": of_tensorflow, "torch": of_torch}[library]
    version = versions(library)
    n = 1000
    while n <= up_to:
        numbers = Numbers(n)
        timed = []
        for operation, name, run, to_numpy in subjects_of(numbers.x):
            ulps = numbers.error(operation, to_numpy(run()))
            say(f"{operation}/f32/{name}/{n}: {ulps:.3f} ulps")
            runs = max(1, min(100_000, int(TURN / turn(run, 3))))
            timed.append([operation, name, run, ulps, runs, math.inf])
        start = time.perf_counter()
        for i in range(turns):
            if i >= 5 and time.perf_counter() - start > ENOUGH * len(timed):
                break
            for subject in timed:
                subject[5] = min(subject[5], turn(subject[2], subject[4]))
        for operation, name, _, ulps, _, seconds in timed:
            print(json.dumps({"operation": operation, "type": "f32", "n": n, "subject": name,
                              "ns": round(seconds * 1e9 / n, 5), "ulps": round(ulps, 3), "version": version}), flush=True)
        n *= 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--up-to", type=int, default=10_000_000, help="the most weights, from 1000")
    parser.add_argument("--turns", type=int, default=40, help="how often each is timed; the least counts")
    parser.add_argument("--torch", action="store_true", help="install torch too")
    parser.add_argument("--python", action="append", type=pathlib.Path, help="a Python that has some of the libraries")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("python.jsonl"))
    parser.add_argument("--measure", choices=LIBRARIES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.up_to < 1000 or arguments.turns < 1:
        parser.error("at least 1000 weights and one turn")
    if arguments.measure:
        measure_library(arguments.measure, arguments.up_to, arguments.turns)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
