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
        low, high, total = (float(v) for v in (min(column), max(column), sum(column)))
        mean = float(sum(column) / len(column))
        print(f"{name}: {low} to {high}, sum {total}, mean {mean:.4f}, {len(set(column))} values")
    # Friedewald (1972), in mg/dl: ldl = tc - hdl - triglycerides / 5. It decides what ltg and the units are.
    gaps = [abs(float(r[4] - r[5] - r[6]) - math.exp(r[8]) / 5) for r in rows]
    print(f"|tc - ldl - hdl - exp(ltg) / 5| < 0.1 in {sum(g < 0.1 for g in gaps)} rows, < 0.5 in "
          f"{sum(g < 0.5 for g in gaps)}")
    print(f"tch is an integer in {sum(r[7].denominator == 1 for r in rows)} rows")


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
