"""Write `examples/data/diabetes.tsv` from the files inside the installed scikit-learn.

Every number is copied as text, so nothing is read as a float and rounded on the way; only the separators change
(blank to tab, and the response becomes the last column).

    python data.py            # writes the file, prints its sha256 and the checks of examples/data/README.md
    python data.py --check    # compares with the committed file instead of writing; exit 1 when they differ
"""

import gzip
import hashlib
import math
import pathlib
import sys
from fractions import Fraction

import sklearn.datasets

OUT = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data" / "diabetes.tsv"
# The names of R's package `lars`, by the same authors; scikit-learn calls the last six s1 .. s6, `lars` calls bp map.
NAMES = ["age", "sex", "bmi", "bp", "tc", "ldl", "hdl", "tch", "ltg", "glu", "progression"]


def lines(name):
    """The lines of a gzipped text file of scikit-learn's `datasets/data`."""
    folder = pathlib.Path(sklearn.datasets.__file__).parent / "data"
    with gzip.open(folder / name, "rt", encoding="ascii") as file:
        return file.read().splitlines()


def derive():
    """The text of the file."""
    features = [line.split(" ") for line in lines("diabetes_data_raw.csv.gz")]
    response = [[line] for line in lines("diabetes_target.csv.gz")]
    rows = [NAMES] + [x + y for x, y in zip(features, response, strict=True)]
    if any(len(row) != len(NAMES) for row in rows):
        raise SystemExit("a row has not 11 columns: another edition of the data?")
    return "".join("\t".join(row) + "\n" for row in rows)


def describe(text):
    """Print what the README states, from exact sums of the decimal numbers."""
    rows = [[Fraction(cell) for cell in line.split("\t")] for line in text.splitlines()[1:]]
    print(f"scikit-learn {sklearn.__version__}, {len(rows)} rows, {len(text)} bytes")
    print(f"sha256 {hashlib.sha256(text.encode()).hexdigest()}")
    for name, column in zip(NAMES, zip(*rows)):
        mean = sum(column) / len(column)
        print(f"{name}\tmin {float(min(column))}\tmax {float(max(column))}\tsum {float(sum(column))}\tmean {float(mean):.4f}"
              f"\tvalues {len(set(column))}")
    # Friedewald (1972), in mg/dl: ldl = tc - hdl - triglycerides / 5. It decides what ltg and the units are.
    gaps = sorted(abs(float(r[4] - r[5] - r[6]) - math.exp(r[8]) / 5) for r in rows)
    print(f"|tc - ldl - hdl - exp(ltg)/5|: median {gaps[len(gaps) // 2]:.4f}, within 0.1 in {sum(g < 0.1 for g in gaps)} rows,"
          f" within 0.5 in {sum(g < 0.5 for g in gaps)}, max {gaps[-1]:.3f}")
    ratio = sorted(abs(float(r[4] / r[6] - r[7])) for r in rows)
    print(f"|tc/hdl - tch|: median {ratio[len(ratio) // 2]:.4f}, within 0.5 in {sum(g <= 0.5 for g in ratio)}, max {ratio[-1]:.3f}")


def main():
    text = derive()
    describe(text)
    if "--check" in sys.argv[1:]:
        if OUT.read_text(encoding="ascii") != text:
            raise SystemExit(f"{OUT.name} differs from scikit-learn's numbers")
        print(f"{OUT.name} is the same")
    else:
        OUT.write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
