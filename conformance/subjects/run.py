"""Judge every subject of this folder, and write the results that are published.

    python3 conformance/subjects/run.py            # all of them
    python3 conformance/subjects/run.py NAME...    # some; --list prints the names
    python3 conformance/subjects/run.py --check    # without writing conformance/results

What a subject needs is installed or built first; where something is missing, a line says what, and the next one runs.
It ends with 1 if a run fails or a subject was skipped. Python 3.11 and later, cargo, and Linux on x86_64 for the old
releases of Keras, which `tools/keras/record.py` installs: 8 GB, and 5.5 GB for torch.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # tools/ is of the repository
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools" / "keras"))
import record  # noqa: E402

SUBJECTS = "conformance/subjects"
NEWEST = "keras-3.14.1"
EDITIONS = ["keras-2.2", "tf-2.0", "tf-2.3", "tf-2.4", "tf-2.10", "keras-3.0", "keras-3.14.0", NEWEST]
RESULTS = ROOT / "conformance" / "results"
# Between them README.md has the table.
BEGIN, END = "<!-- written by run.py -->", "<!-- until here -->"
# Not in environments.toml, where everybody would install it who records: the index has no torch for the CPU alone.
TORCH = {"name": "keras-3.15.1-torch", "edition": NEWEST, "backend": "torch", "install": {
    "name": "torch", "python": "3.12", "packages": ["keras==3.15.1", "numpy==2.4.6", "torch==2.15.0"]}}


def need(program, how):
    if not shutil.which(program):
        raise record.Missing(f"{program} is missing: {how}")


def call(*command):
    """Run a step of an installation; what it says is shown only if it fails."""
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        raise record.Missing(f"{' '.join(map(str, command))} failed:\n{run.stdout}{run.stderr}")


# A preparation takes a folder for what it builds, and gives the variables that the command runs with. A command names
# programs by PATH, as it is written into the results.

def nothing(folder):
    return dict(os.environ)


def before(path, variables):
    return dict(variables, PATH=os.pathsep.join([str(path), variables.get("PATH", "")]))


def keras(name):
    """The preparation of an environment of tools/keras."""
    def prepare(folder):
        environment = TORCH if name == TORCH["name"] else record.read_environments()[name]
        record.CACHE.mkdir(parents=True, exist_ok=True)
        python, variables = record.prepare(environment, record.CACHE)
        return before(python.parent, variables)
    return prepare


def node(folder):
    need("node", "install Node.js, as by apt-get install nodejs")
    return dict(os.environ)


def npm(folder):
    need("npm", "install Node.js with npm, as by apt-get install nodejs npm")
    call("npm", "ci", "--silent", "--prefix", f"{SUBJECTS}/tfjs")
    return node(folder)


def gcc(folder):
    need("gcc", "install a compiler of C, as by apt-get install gcc")
    call("gcc", "-O2", "-o", folder / "c_subject", f"{SUBJECTS}/subject.c", "-lm")
    return before(folder, os.environ)


def cargo(name):
    """The preparation of a package that is not in the workspace."""
    def prepare(folder):
        call("cargo", "build", "--release", "--manifest-path", f"{SUBJECTS}/{name}/Cargo.toml")
        return dict(os.environ)
    return prepare


def framework(name):
    """The preparation of this repository's own layers in a framework."""
    def prepare(folder):
        call("cargo", "build", "--release", "-p", "regularize-frameworks", "--features", name)
        return before(ROOT / "target" / "release", os.environ)
    return prepare


def package(name):
    return ["cargo", "run", "--release", "--quiet", "--manifest-path", f"{SUBJECTS}/{name}/Cargo.toml"]


def python(script, *arguments):
    return ["python", f"{SUBJECTS}/{script}", *arguments]


def real(release, edition, backends):
    """The rows of a release of Keras 3."""
    return [(f"keras-{release}-{backend}", edition, keras(f"keras-{release}-{backend}"),
             python("keras_subject.py", backend)) for backend in backends]


# A subject's name, the edition it is judged by, its preparation, its command.
RUNS = [
    *[("reference", edition, nothing, ["regularize-conformance", "subject", "--edition", edition])
      for edition in EDITIONS],
    ("numpy", NEWEST, keras("keras-3.15.1-numpy"), python("numpy_subject.py")),
    ("python", NEWEST, nothing, ["python3", f"{SUBJECTS}/python_subject.py"]),
    *real("3.15.1", NEWEST, ["numpy", "jax", "tensorflow", "torch"]),
    *real("3.14.0", "keras-3.14.0", ["numpy", "jax", "tensorflow"]),
    *real("3.13.2", "keras-3.0", ["numpy", "jax", "tensorflow"]),
    *[(name, edition, keras(name), python("keras_subject.py", "tf_keras"))
      for name, edition in [("tf-keras-2.21.0", "tf-2.10"), ("tensorflow-2.15.1", "tf-2.10"),
                            ("tensorflow-2.9.3", "tf-2.4")]],
    ("javascript", NEWEST, node, ["node", f"{SUBJECTS}/javascript_subject.js"]),
    # TensorFlow.js has an edition of its own: that of tf-2.0 is nearest, and the newest is what a model of today needs.
    *[("tfjs", edition, npm, ["node", f"{SUBJECTS}/tfjs/subject.js"]) for edition in ["tf-2.0", NEWEST]],
    ("c", NEWEST, gcc, ["c_subject"]),
    ("candle", NEWEST, cargo("candle"), package("candle")),
    ("burn", NEWEST, cargo("burn"), package("burn")),
    *[(f"regularize-{name}", NEWEST, framework(name), [f"regularize-{name}-subject"]) for name in ["burn", "candle"]],
]


def judge(name, edition, variables, command, save):
    """One run of the suite, as a line, and as its report if it fails; and whether it passes."""
    # One seed, since answers of TensorFlow depend on what was asked before; and it takes seconds to be imported.
    test = ["regularize-conformance", "test", "--edition", edition, "--seed", "1", "--timeout", "2m", "--quiet"]
    for known in [f"{name}-{edition}.toml", f"{name}.toml"]:
        known = pathlib.Path(SUBJECTS, "known", known)
        if (ROOT / known).exists():
            test += ["--expect", str(known)]
            break
    if save:
        result = pathlib.Path("conformance", "results", edition, f"{name}.jsonl")
        (ROOT / result).parent.mkdir(parents=True, exist_ok=True)
        test += ["--save", str(result)]
    variables = before(ROOT / "target" / "release", variables)
    # `regularize-conformance` is looked up in the PATH of this program otherwise.
    test[0] = shutil.which(test[0], path=variables["PATH"])
    started = time.monotonic()
    run = subprocess.run([*test, "--", *command], cwd=ROOT, env=variables, capture_output=True, text=True)
    # The counts, or why there are none.
    counts = [line.strip() for line in run.stdout.splitlines() if " sent · " in line]
    said = [line for line in run.stderr.splitlines() if line.startswith("regularize-conformance: ")]
    summary = (said[-1:] if run.returncode > 1 else []) + counts[-1:] or ["it said nothing"]
    record.say(f"{name:<26} {edition:<13} {time.monotonic() - started:4.0f} s  {'; '.join(summary)}")
    if run.returncode == 1:
        record.say(run.stdout)
    return run.returncode == 0


def publish():
    """Write the page of all results, and their table into README.md."""
    files = sorted(RESULTS.glob("*/*.jsonl"), key=lambda path: (-EDITIONS.index(path.parent.name), path.name))

    def report(form):
        suite = ROOT / "target" / "release" / "regularize-conformance"
        return subprocess.run([suite, "report", "--as", form, *files], capture_output=True, text=True, check=True).stdout

    (RESULTS / "index.html").write_text(report("html"))
    table = report("md").split("\n\n")[0]
    before, rest = (RESULTS / "README.md").read_text().split(BEGIN)
    (RESULTS / "README.md").write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}")


def main():
    parser = argparse.ArgumentParser(description="Judge every subject of this folder.")
    names = list(dict.fromkeys(run[0] for run in RUNS))
    parser.add_argument("names", nargs="*", metavar="NAME", help="subjects; all by default")
    parser.add_argument("--check", action="store_true", help="write no results")
    parser.add_argument("--list", action="store_true", help="print the subjects and their editions")
    arguments = parser.parse_args()
    if arguments.list:
        for name in names:
            record.say(f"{name:<26} {' '.join(run[1] for run in RUNS if run[0] == name)}")
        return 0
    unknown = [name for name in arguments.names if name not in names]
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; --list prints them")
    try:
        need("cargo", "install Rust, https://rustup.rs")
        call("cargo", "build", "--release", "-p", "regularize-conformance")
    except record.Missing as missing:
        raise SystemExit(missing)
    passes = True
    for name in arguments.names or names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                runs = [run for run in RUNS if run[0] == name]
                variables = runs[0][2](pathlib.Path(folder))
            except (record.Missing, SystemExit) as missing:  # the latter is a pip that failed
                record.say(f"{name:<26} skipped: {missing}")
                passes = False
                continue
            for name, edition, _, command in runs:
                passes &= judge(name, edition, variables, command, not arguments.check)
    if not arguments.check:
        publish()
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main())
