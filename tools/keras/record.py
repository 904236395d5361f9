"""Ask every generation of Keras the same questions and write down what it answers.

    python record.py                    # every environment of environments.toml
    python record.py NAME...            # some of them
    python record.py --newest           # the newest Keras against its newest recording; exit 1 when an answer differs
    python record.py --models [NAME...] # write the model files of tests/data instead
    python record.py --list

An environment is installed when it is first needed, outside of the repository. Python 3.11 and later, standard library
only. README.md says what the files are.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

try:
    import tomllib
except ImportError:
    raise SystemExit("record.py needs Python 3.11 or later; the environments bring their own Pythons")

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RECORDINGS = ROOT / "conformance" / "recordings"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "regularize-keras"

# One thread and no accelerator, so that an answer does not depend on the machine more than it must.
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
         "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0",
         "PYTHONDONTWRITEBYTECODE": "1"}

# `--newest` takes whatever is newest; only these backends are asked, and the newest Python that is here.
NEWEST_PACKAGES = ["keras", "jax", "numpy"]
NEWEST_BACKENDS = ["numpy", "jax"]
NEWEST_PYTHONS = ["3.13", "3.12", "3.11"]


class Missing(Exception):
    """Something that the user can install is not here."""


def say(text):
    print(text, flush=True)


def read_environments():
    """All environments by name, each with its installation."""
    with open(HERE / "environments.toml", "rb") as file:
        installs = tomllib.load(file)["install"]
    return {environment["name"]: dict(environment, install=install)
            for install in installs for environment in install["environment"]}


def find_python(version):
    """The executable of a version such as 3.7: from PATH, then from pyenv."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    for folder in sorted(pyenv.glob(f"versions/{version}.*"), reverse=True):
        candidates.append(folder / "bin" / "python")
    for candidate in candidates:
        # A shim of pyenv is on PATH for versions that are not selected too, so ask.
        if candidate and answers_to(candidate, version):
            return candidate
    raise Missing(f"Python {version} is missing: pyenv install {version}")


def answers_to(python, version):
    """Whether this executable is that version of Python."""
    ask = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(ask, capture_output=True, text=True).stdout.strip() == version
    except OSError:
        return False


def pip(python, *arguments):
    """Run pip of an environment; end the program with its words if it fails."""
    run = subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
                         capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"pip {' '.join(map(str, arguments))}\n{run.stderr}")
    return run.stdout


def create(folder, version):
    """A new virtual environment, and its Python."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([find_python(version), "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    pip(python, "install", "--upgrade", "pip")  # the pip of an old Python does not know today's wheels
    return python


def install(install, cache):
    """The Python of an installation, installed unless it is there with the same packages.

    `pins/<name>.txt` pins what the packages depend on. Without that file the newest are taken, and it is written.
    """
    pins = HERE / "pins" / f"{install['name']}.txt"
    wanted = "\n".join([install["python"], *install["packages"], pins.read_text() if pins.exists() else ""])
    folder = cache / install["name"]
    stamp = folder / "installed"
    python = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"{install['name']}: installing {' '.join(install['packages'])} for Python {install['python']}")
    python = create(folder, install["python"])
    constraints = ["--constraint", pins] if pins.exists() else []
    pip(python, "install", *install["packages"], *constraints)
    if not pins.exists():
        pins.parent.mkdir(exist_ok=True)
        pins.write_text(pip(python, "freeze", "--all", "--exclude", "pip"))
        wanted += pins.read_text()
    stamp.write_text(wanted)
    return python


def overlay(python, release, cache):
    """A folder with a release of Keras 3, to be put in front of what is installed."""
    folder = cache / f"keras=={release}"
    if not (folder / "keras").is_dir():
        say(f"keras {release}: installing")
        pip(python, "install", "--no-deps", "--target", folder, f"keras=={release}")
    return folder


def prepare(environment, cache):
    """The Python of an environment, and the variables it runs with."""
    python = install(environment["install"], cache)
    variables = surroundings(environment["backend"], cache)
    if "keras" in environment:
        variables["PYTHONPATH"] = str(overlay(python, environment["keras"], cache))
    return python, variables


def surroundings(backend, cache):
    """The variables of a subject. Configuration files of the user would choose floatx and more."""
    theano = f"device=cpu,floatX=float32,openmp=False,base_compiledir={cache / 'theano'}"
    return dict(os.environ, **QUIET, KERAS_BACKEND=backend, KERAS_HOME=str(cache / "home"), PYTHONPATH="",
                THEANORC=os.devnull, THEANO_FLAGS=theano)


def ask(name, edition, backend, python, variables, questions, cache):
    """Start a subject and yield what it writes, line by line: its header, then the answers."""
    log = cache / f"{name}.log"
    asked = [json.loads(line)["id"] for line in questions.read_text().splitlines() if line.strip()]
    started, shown, count = time.monotonic(), 0.0, 0
    with open(questions, "rb") as stdin, open(log, "wb") as stderr:
        subject = subprocess.Popen([python, HERE / "subject.py", edition, backend], env=variables, stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=stderr, text=True)
        header = subject.stdout.readline()
        if header:
            yield json.loads(header)
        for line in subject.stdout:
            answer = json.loads(line)
            if count == len(asked) or answer["id"] != asked[count]:
                raise SystemExit(f"{name}: the answer to {answer['id']} was not expected")
            yield answer
            count += 1
            if sys.stdout.isatty() and time.monotonic() - shown > 0.2:
                shown = time.monotonic()
                print(f"\r{name}: {count} of {len(asked)}", end="", flush=True)
        status = subject.wait()
    if sys.stdout.isatty():
        print("\r", end="")
    if status != 0 or count != len(asked):
        where = f"at question {asked[count]}" if count < len(asked) else "after the last question"
        raise SystemExit(f"{name}: the subject ended with status {status} {where}; it said:\n"
                         + "\n".join(log.read_text(errors="replace").splitlines()[-20:]))
    say(f"{name}: {count} answers, {time.monotonic() - started:.0f} s")


def machine():
    """The platform, with the vector instructions, since they decide the order of a sum."""
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    except OSError:
        flags = []
    vectors = [flag for flag in ("avx512f", "avx2", "asimd") if flag in flags][:1]
    return " ".join([platform.system(), platform.machine(), *vectors])


def compact(line):
    return json.dumps(line, separators=(",", ":")) + "\n"


def record(environment, questions, out, cache):
    """Write the recording of an environment; nothing is written unless every question is answered."""
    name, edition, backend = (environment[key] for key in ("name", "edition", "backend"))
    python, variables = prepare(environment, cache)
    subject, *answers = ask(name, edition, backend, python, variables, questions, cache)
    header = {"environment": name, "edition": edition, "backend": backend, "python": subject["python"],
              "packages": subject["packages"], "recorded": datetime.date.today().isoformat(), "platform": machine(),
              "questions": hashlib.sha256(questions.read_bytes()).hexdigest()}
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.jsonl").write_text("".join(map(compact, [header, *answers])))


def read_recording(path):
    """The header of a recording, and its answers by id."""
    header, *answers = map(json.loads, path.read_text().splitlines())
    return header, {answer["id"]: answer for answer in answers}


def newest_recording(backend, out):
    """The recording of the newest Keras 3 with a backend."""
    recordings = [read_recording(path) for path in out.glob("*.jsonl") if path.name != "questions.jsonl"]
    recordings = [(header, answers) for header, answers in recordings
                  if header["edition"].startswith("keras-3") and header["backend"] == backend]
    if not recordings:
        raise Missing(f"no recording of Keras 3 on {backend} is in {out.name}: record one first")
    return max(recordings, key=lambda recording: release(recording[0]["packages"]["keras"]))


def release(version):
    """A version as numbers, for comparison."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def newest(questions, out, cache):
    """Ask the newest Keras everything, print what changed, and return how many answers did."""
    texts = {json.loads(line)["id"]: line.strip() for line in questions.read_text().splitlines() if line.strip()}
    references = {backend: newest_recording(backend, out) for backend in NEWEST_BACKENDS}
    python = cache / "newest" / "bin" / "python"
    if not python.exists():
        for version in NEWEST_PYTHONS:
            try:
                python = create(cache / "newest", version)
                break
            except Missing:
                continue
        else:
            raise Missing(f"Python {NEWEST_PYTHONS[0]} is missing: pyenv install {NEWEST_PYTHONS[0]}")
    say(f"newest: installing {' '.join(NEWEST_PACKAGES)}")
    pip(python, "install", "--upgrade", *NEWEST_PACKAGES)
    changed = 0
    for backend, (before, answers) in references.items():
        variables = surroundings(backend, cache)
        after, *now = ask(f"newest-{backend}", before["edition"], backend, python, variables, questions, cache)
        say(f"  recorded {packages(before)}\n  newest   {packages(after)}")
        for answer in now:
            if answer != answers.get(answer["id"]):
                changed += 1
                recorded = answers.get(answer["id"])
                say(f"\n  asked    {texts[answer['id']]}"
                    f"\n  recorded {compact(recorded).strip() if recorded else 'nothing'}"
                    f"\n  newest   {compact(answer).strip()}")
    say(f"\n{changed} of {len(texts) * len(references)} answers differ")
    return changed


def packages(header):
    """The packages of a header on one line."""
    versions = [f"{name} {version}" for name, version in header["packages"].items()]
    return ", ".join([*versions, f"Python {header['python']}"])


def write_models(environment, data, cache):
    """Write the model files of an environment."""
    python, variables = prepare(environment, cache)
    data.mkdir(parents=True, exist_ok=True)
    run = subprocess.run([python, HERE / "models.py", data / environment["models"]], env=variables, text=True,
                         capture_output=True)
    if run.returncode != 0:
        raise SystemExit(f"{environment['name']}: no model\n{run.stderr}")
    say(f"{environment['name']}: wrote {environment['models']}")


def main():
    parser = argparse.ArgumentParser(description="Ask every generation of Keras the same questions.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="environments of environments.toml; all by default")
    parser.add_argument("--newest", action="store_true", help="compare the newest Keras with its newest recording")
    parser.add_argument("--models", action="store_true", help="write the model files of tests/data")
    parser.add_argument("--list", action="store_true", help="print the environments")
    parser.add_argument("--questions", type=pathlib.Path, default=RECORDINGS / "questions.jsonl", metavar="FILE")
    parser.add_argument("--out", type=pathlib.Path, metavar="FOLDER", help="where recordings or models are")
    parser.add_argument("--cache", type=pathlib.Path, default=CACHE, metavar="FOLDER", help="where environments are")
    arguments = parser.parse_args()

    environments = read_environments()
    if arguments.list:
        for environment in environments.values():
            say(f"{environment['name']:<26} {environment['edition']:<13} {environment['backend']:<11} "
                f"Python {environment['install']['python']}")
        return 0
    unknown = [name for name in arguments.names if name not in environments]
    if unknown:
        parser.error(f"no environment {', '.join(unknown)}; --list prints them")
    if not arguments.models and not arguments.questions.exists():
        parser.error(f"{arguments.questions.name} is missing")
    cache = arguments.cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    # A copy, so that every environment gets the same questions while somebody changes them.
    questions = cache / "questions.jsonl"
    if not arguments.models:
        shutil.copyfile(arguments.questions, questions)
    out = arguments.out or (ROOT / "tests" / "data" if arguments.models else RECORDINGS)

    if arguments.newest:
        try:
            return 1 if newest(questions, out, cache) else 0
        except Missing as missing:
            parser.error(str(missing))
    for name in arguments.names or environments:
        environment = environments[name]
        if arguments.models and "models" not in environment:
            continue
        try:
            if arguments.models:
                write_models(environment, out, cache)
            else:
                record(environment, questions, out, cache)
        except Missing as missing:
            say(f"{name}: skipped. {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
