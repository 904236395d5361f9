#!/usr/bin/env python3
"""What one derive costs to build: regularize beside serde_derive and thiserror, and beside no derive.

    python3 tools/build-cost/measure.py [runs]

Needs cargo, and the network for the first fetch only. Prints its progress, then Markdown.
"""

import os
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FIELDS = 100

DEPENDENCIES = {
    "none": "",
    "regularize": f'regularize = {{ path = "{REPOSITORY}" }}',
    "serde": 'serde = { version = "1", features = ["derive"] }',
    "thiserror": 'thiserror = "2"',
}


def source(subject, fields):
    """A struct with one derive; thiserror's is an enum, as it derives nothing of a field."""
    names = [f"f{index}" for index in range(fields)]
    if subject == "regularize":
        body = "".join(f"    #[regularize(l2(0.01))]\n    pub {name}: Vec<f32>,\n" for name in names)
        return f"#[derive(regularize::Regularize)]\npub struct S {{\n{body}}}\n"
    if subject == "thiserror":
        body = "".join(f'    #[error("{name}: {{0}}")]\n    {name.upper()}(f32),\n' for name in names)
        return f"#[derive(Debug, thiserror::Error)]\npub enum S {{\n{body}}}\n"
    derive = "#[derive(serde::Serialize)]\n" if subject == "serde" else ""
    body = "".join(f"    pub {name}: Vec<f32>,\n" for name in names)
    return f"{derive}pub struct S {{\n{body}}}\n"


class Crate:
    def __init__(self, folder, subject, fields):
        self.subject, self.fields = subject, fields
        self.folder = folder / f"{subject}-{fields}"
        (self.folder / "src").mkdir(parents=True)
        self.write("Cargo.toml", f'[package]\nname = "user"\nversion = "0.1.0"\nedition = "2024"\n\n'
                   f"[dependencies]\n{DEPENDENCIES[subject]}\n\n[workspace]\n")
        self.edits = 0
        self.edit()

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def edit(self):
        """Changes a function beside the struct, as one who works on the crate does, and never to what it was."""
        self.edits += 1
        text = source(self.subject, self.fields)
        self.write("src/lib.rs", f"{text}\npub fn edited() -> u32 {{\n    {self.edits}\n}}\n")

    def cargo(self, *arguments):
        # One target folder for each crate, whatever the caller's environment says.
        environment = os.environ | {"CARGO_TARGET_DIR": str(self.folder / "target")}
        begin = time.perf_counter()
        result = subprocess.run(["cargo", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True)
        seconds = time.perf_counter() - begin
        if result.returncode != 0:
            sys.exit(f"cargo {' '.join(arguments)} in {self.folder}:\n{result.stderr}")
        return seconds, result.stderr

    def cold(self, command):
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        return self.cargo(command, "--offline")[0]

    def incremental(self, command):
        self.edit()
        return self.cargo(command, "--offline")[0]

    def expansion(self):
        """The compiler's own time for the expansion of the crate's macros, in seconds."""
        self.edit()
        _, log = self.cargo("check", "--offline", "-v")
        line = re.findall(r"Running `(.*--crate-name user .*)`", log)[-1]
        command = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
        # The flag is an unstable one of a stable compiler; only this crate is compiled with it.
        command += ["-Ztime-passes"]
        environment = os.environ | {"RUSTC_BOOTSTRAP": "1"}
        result = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        found = re.search(r"time:\s+([\d.]+);.*\bmacro_expand_crate", result.stdout + result.stderr)
        if found is None:
            sys.exit(f"no time of macro_expand_crate:\n{result.stderr}")
        return float(found[1])


def table(title, unit, scale, times):
    print(f"\n### {title}\n")
    columns = list(next(iter(times.values())))
    print("| derive |" + "".join(f" {column} |" for column in columns))
    print("|---|" + "---:|" * len(columns))
    for subject, row in times.items():
        cells = (f" {min(row[c]) * scale:.{0 if scale > 1 else 2}f} / {statistics.median(row[c]) * scale:.{0 if scale > 1 else 2}f} {unit} |" for c in columns)
        print(f"| {subject} |" + "".join(cells))
    base = times["serde"]
    row = (f" {min(times['regularize'][c]) / min(base[c]):.2f} |" for c in columns)
    print("| regularize ÷ serde, of the minima |" + "".join(row))


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    subjects = list(DEPENDENCIES)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        one = {subject: Crate(folder, subject, 1) for subject in subjects}
        many = {subject: Crate(folder, subject, FIELDS) for subject in subjects}
        for crate in [*one.values(), *many.values()]:
            print(f"fetch {crate.folder.name}", file=sys.stderr)
            crate.cargo("fetch")
        columns = ["cold check", "cold build", "incremental check", "incremental build"]
        times = {subject: {column: [] for column in columns} for subject in subjects}
        wide = {subject: {"incremental check": [], "expansion": []} for subject in subjects}
        # Round by round, so that a slow minute of the machine is no subject's own.
        for run in range(1, runs + 1):
            for subject in subjects:
                print(f"run {run} of {runs}: {subject}", file=sys.stderr)
                for command in ["check", "build"]:
                    times[subject][f"cold {command}"].append(one[subject].cold(command))
                    times[subject][f"incremental {command}"].append(one[subject].incremental(command))
                if run == 1:
                    many[subject].cold("check")
                wide[subject]["incremental check"].append(many[subject].incremental("check"))
                wide[subject]["expansion"].append(many[subject].expansion())
    versions = [subprocess.run([tool, "--version"], capture_output=True, text=True).stdout.strip() for tool in ("rustc", "cargo")]
    print(f"{runs} runs, minimum / median. {', '.join(versions)}; {os.cpu_count()} cores.")
    table("A crate with one derive of one field", "s", 1, times)
    table(f"A crate with one derive of {FIELDS} fields", "ms", 1000, wide)


if __name__ == "__main__":
    main()
