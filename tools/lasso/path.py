"""Write `tests/data/lasso.tsv` and `lasso-knots.tsv`: the lasso path of the diabetes data.

    minimise over b   ||y - X b||^2 / 2 + lambda ||b||_1

with every column of X centred and scaled to Euclidean norm 1 and y centred (the convention of Efron, Hastie, Johnstone
and Tibshirani 2004; no 1/n). The path is followed knot by knot with DIGITS decimal digits; then every printed number is
proved, as far as arithmetic with DIGITS digits proves, to be the real number rounded once to a double (see `settle`).

    python path.py            # writes both files, prints the checks
    python path.py --check    # compares with the committed files instead of writing; exit 1 when they differ

It shares no code with the library. Any failed check ends the program.
"""

import hashlib
import math
import pathlib
import struct
import sys
from fractions import Fraction

from mpmath import mp, mpf

DIGITS = 100
GRID = 100  # points, lambda_max down to lambda_max / 10^3, both included, evenly spaced in the logarithm
SLACK = 10  # digits that the checks leave to the rounding of their own arithmetic

HERE = pathlib.Path(__file__).resolve()
DATA = HERE.parents[2] / "examples" / "data" / "diabetes.tsv"
OUT = HERE.parents[2] / "tests" / "data"


def must(truth, what):
    """End the program unless `truth`; an assert would vanish under `python -O`."""
    if not truth:
        raise SystemExit(f"FAILED: {what}")


class Data:
    """The data, exact as read, and centred and scaled to DIGITS digits."""

    def __init__(self, text):
        head, *rows = [line.split("\t") for line in text.splitlines()]
        self.names, self.n, self.p = head[:-1], len(rows), len(head) - 1
        columns = [[Fraction(row[j]) for row in rows] for j in range(len(head))]
        means = [sum(column) / self.n for column in columns]
        centred = [[v - m for v in column] for column, m in zip(columns, means)]
        # The Gram matrix and the norms squared are rational; only the norms themselves are not.
        self.s = [[sum(a * b for a, b in zip(centred[j], centred[k])) for k in range(self.p)] for j in range(self.p)]
        self.t = [sum(a * b for a, b in zip(centred[j], centred[-1])) for j in range(self.p)]
        self.norms = [mp.sqrt(real(self.s[j][j])) for j in range(self.p)]
        self.x = [[real(v) / self.norms[j] for v in centred[j]] for j in range(self.p)]
        self.y = [real(v) for v in centred[-1]]
        self.gram = [[real(self.s[j][k]) / (self.norms[j] * self.norms[k]) for k in range(self.p)] for j in range(self.p)]
        self.c = [real(self.t[j]) / self.norms[j] for j in range(self.p)]


def real(q):
    """A rational as an mpf."""
    return mpf(q.numerator) / q.denominator


def rational(v):
    """An mpf as the rational that it is."""
    sign, man, exp, _ = v._mpf_  # `man_exp` has lost the sign
    q = (-1) ** sign * Fraction(int(man)) * Fraction(2) ** exp
    must(real(q) == v, "an mpf is a rational")
    return q


def nearest(v):
    """An mpf rounded to the nearest double, ties to even. Through a rational, whose division Python rounds correctly."""
    return float(rational(v))


def eigenvalue_bound(data):
    """The largest double m for which X'X - m I is positive definite, decided exactly.

    X'X = D S D with S rational and D = diag(S)^(-1/2), so X'X - m I is congruent to S - m diag(S), which is rational,
    and by Sylvester it is positive definite when its leading minors are > 0 (Bareiss: integers, no rounding).
    """
    scale = math.lcm(*(v.denominator for row in data.s for v in row))
    s = [[int(v * scale) for v in row] for row in data.s]

    def definite(m):
        num, den = m.as_integer_ratio()
        a = [[den * v - (num * v if j == k else 0) for k, v in enumerate(row)] for j, row in enumerate(s)]
        previous = 1
        for k in range(data.p):
            if a[k][k] <= 0:
                return False
            for i in range(k + 1, data.p):
                for j in range(k + 1, data.p):
                    a[i][j] = (a[i][j] * a[k][k] - a[i][k] * a[k][j]) // previous
            previous = a[k][k]
        return True

    low, high = 0.0, 1.0  # definite, and not: the trace is p, so the smallest eigenvalue is at most 1
    must(definite(low) and not definite(high), "the columns are linearly independent")
    while math.nextafter(low, 1.0) < high:
        # Bisect the bit patterns, which are ordered like the positive doubles.
        middle = double((bits(low) + bits(high)) // 2)
        low, high = (middle, high) if definite(middle) else (low, middle)
    return low


def bits(v):
    """The bit pattern of a double."""
    return struct.unpack("<q", struct.pack("<d", v))[0]


def double(b):
    """The double of a bit pattern."""
    return struct.unpack("<d", struct.pack("<q", b))[0]


class Segment:
    """The path between two knots: b_A = u - lambda v on the active features A, 0 elsewhere."""

    def __init__(self, data, high, active, sign, event):
        self.data, self.high, self.low, self.active, self.sign, self.event = data, high, None, active, sign, event
        gram = mp.matrix([[data.gram[i][j] for j in active] for i in active])
        self.u = mp.lu_solve(gram, mp.matrix([data.c[i] for i in active]))
        self.v = mp.lu_solve(gram, mp.matrix([mpf(sign[i]) for i in active]))

    def at(self, lam):
        """The coefficients of all features."""
        b = [mpf(0)] * self.data.p
        for k, i in enumerate(self.active):
            b[i] = self.u[k] - lam * self.v[k]
        return b


def follow(data):
    """All segments of the path, by homotopy (Osborne, Presnell and Turlach 2000; LARS with the lasso modification).

    Walking down from `high`, the next knot is the largest lambda at which an active coefficient reaches 0 or the
    correlation of an inactive feature, p + lambda q, reaches +-lambda. The feature of the knot just passed meets its
    own condition there, and a linear function meets it only once, so that one candidate is skipped by name.
    """
    first = max(range(data.p), key=lambda j: abs(data.c[j]))
    high, active, sign = abs(data.c[first]), [first], {first: int(mp.sign(data.c[first]))}
    event, changed, segments = "enter", first, []
    while True:
        segment = Segment(data, high, list(active), dict(sign), (event, changed))
        segments.append(segment)
        candidates = []
        for k, i in enumerate(active):
            if not (event == "enter" and i == changed):
                candidates.append((segment.u[k] / segment.v[k], "leave", i, 0))
        for j in set(range(data.p)) - set(active):
            p = data.c[j] - sum(data.gram[j][i] * segment.u[k] for k, i in enumerate(active))
            q = sum(data.gram[j][i] * segment.v[k] for k, i in enumerate(active))
            for s in (1, -1):
                if not (event == "leave" and j == changed and s == left):
                    candidates.append((p / (s - q), "enter", j, s))
        candidates = sorted((c for c in candidates if 0 < c[0] < high), key=lambda c: c[0], reverse=True)
        if not candidates:
            segment.low = mpf(0)
            return segments
        # One feature at a time: a tie would need another rule, and the data has none.
        for a, b in zip([(high,)] + candidates[:1], candidates[:2]):
            must(a[0] - b[0] > mpf(10) ** -10 * high, "two knots are apart")
        high, event, changed, s = candidates[0]
        segment.low = high
        if event == "enter":
            active.append(changed)
            sign[changed] = s
        else:
            left = sign.pop(changed)
            active.remove(changed)


def solution(segments, lam):
    """The coefficients at `lam`."""
    if lam >= segments[0].high:
        return [mpf(0)] * segments[0].data.p
    return next(s for s in segments if s.low <= lam).at(lam)


def residual_norm(data, b, lam):
    """The distance of X'(y - X b) from lambda times the subdifferential of ||b||_1, from the rows and not from X'X.

    It is 0 exactly when b is the minimiser: the conditions of Karush, Kuhn and Tucker.
    """
    used = [j for j in range(data.p) if b[j] != 0]
    r = [data.y[i] - mp.fsum(data.x[j][i] * b[j] for j in used) for i in range(data.n)]
    total = mpf(0)
    for j in range(data.p):
        g = mp.fdot(data.x[j], r)
        gap = g - lam * mp.sign(b[j]) if b[j] != 0 else max(abs(g) - lam, mpf(0))
        total += gap * gap
    objective = mp.fdot(r, r) / 2 + lam * mp.fsum(abs(v) for v in b)
    return mp.sqrt(total), objective


def settle(values, error):
    """The doubles nearest to the real numbers within `error` of `values`; ends the program if that is not decided."""
    out = []
    for v in values:
        low, high = nearest(v - error), nearest(v + error)
        if v == 0:  # a coefficient that is not active
            low = high = 0.0
        must(low == high, f"the double nearest to {mp.nstr(v, 20)} is decided")
        out.append(low)
    return out


def solve(data, segments, mu, lam):
    """Objective and coefficients at `lam` as doubles, and the bound of the error before that rounding.

    The objective is mu-strongly convex, so ||b - b*|| <= d / mu for a subgradient of length d at b. `d` is measured,
    plus what its own arithmetic may add; the objective is then off by at most d^2 / (2 mu).
    """
    b = solution(segments, lam)
    d, objective = residual_norm(data, b, lam)
    d += mpf(10) ** (SLACK - DIGITS) * segments[0].high
    must(d < mpf(10) ** (2 * SLACK - DIGITS) * segments[0].high, "the conditions of Karush, Kuhn and Tucker")
    error = d / mpf(mu)
    # A coefficient left at 0 must be 0 at the minimiser, not only near it: its correlation is inside by more than
    # an error of b can move it (the columns of X have norm 1, so by sqrt(p) error). At a knot it is on the edge.
    for v in b:
        must(v == 0 or abs(v) > error, "a coefficient is 0 or apart from 0")
    (objective,) = settle([objective], mpf(10) ** (SLACK - DIGITS) * objective + d * d / mpf(mu))
    return objective, settle(b, error), error


HEADER = """\
# {title}
# The diabetes data of examples/data/diabetes.tsv, sha256 {digest}.
# Minimises ||y - X b||^2 / 2 + lambda ||b||_1 (no 1/n); the columns of X centred and scaled to Euclidean norm 1, y
# centred, no intercept (Efron, Hastie, Johnstone, Tibshirani 2004). n = {n}, p = {p}.
# Made by tools/lasso/path.py ({digits} digits, every number then rounded once to the nearest double, printed so that it
# reads back as that double).
# lambda_max = {top!r}, the nearest double of max |X'y|.
# mu = {mu!r}, a lower bound of the smallest eigenvalue of X'X: the largest double m for which X'X - m I is positive
# definite, decided in exact rational arithmetic.
"""

GRID_NOTE = """\
# lambda: the double nearest to max |X'y| 10^(-3 i / 99), i = 0 .. 99; the rest of the row is for that double exactly.
# active: how many coefficients are not 0. objective: the minimum. Then one column per coefficient.
"""

KNOTS_NOTE = """\
# One row per knot from above, then lambda = 0 (least squares). The path is linear in lambda between two knots.
# lambda is rounded; the coefficients are those at the knot itself and were rounded on their own.
# event: which feature enters or leaves there. active: the features that are not 0 just below it, in order of entry,
# with the sign of the coefficient. The entering or leaving feature is 0 at its knot.
"""


def row(*cells):
    """A line of the files; repr gives the shortest digits that read back as the same double."""
    return "\t".join(c if isinstance(c, str) else repr(c) for c in cells) + "\n"


def grid_file(data, segments, mu, header):
    """The text of `lasso.tsv`, the worst error before rounding, and the rows as numbers."""
    text, worst, table = header + GRID_NOTE + row("lambda", "active", "objective", *data.names), mpf(0), []
    for i in range(GRID):
        lam = nearest(segments[0].high * mpf(10) ** (mpf(-3 * i) / (GRID - 1)))
        objective, b, error = solve(data, segments, mu, mpf(lam))
        worst = max(worst, error)
        text += row(lam, sum(v != 0 for v in b), objective, *b)
        table.append((lam, b))
    return text, worst, table


def knots_file(data, segments, mu, header):
    """The text of `lasso-knots.tsv`, the worst error before rounding, and the rows as numbers."""
    text, worst, table = header + KNOTS_NOTE + row("knot", "lambda", "event", "active", *data.names), mpf(0), []
    for k, s in enumerate(segments + [None]):
        lam = s.high if s else mpf(0)
        b = [mpf(0)] * data.p if k == 0 else segments[k - 1].at(lam)
        if s:
            b[s.event[1]] = mpf(0)  # by the definition of the knot; computed, it is a rounding error away
        d, _ = residual_norm(data, b, lam)
        error = (d + mpf(10) ** (SLACK - DIGITS) * segments[0].high) / mpf(mu)
        must(error < mpf(10) ** (2 * SLACK + 3 - DIGITS) * segments[0].high, "the conditions at a knot")
        worst = max(worst, error)
        (lam,) = settle([lam], error)
        b = settle(b, error)
        event = " ".join((s.event[0], data.names[s.event[1]])) if s else "end"
        last = s or segments[-1]
        active = ",".join("+-"[last.sign[j] < 0] + data.names[j] for j in last.active)
        text += row(k, lam, event, active, *b)
        table.append((lam, b))
    return text, worst, table


def interior(data, segments, table):
    """The least distance of an inactive correlation from +-lambda, relative to lambda, over the grid."""
    least = mpf(1)
    for lam, _ in table:
        b = solution(segments, mpf(lam))
        for j in range(data.p):
            if b[j] == 0 and any(b):
                g = data.c[j] - mp.fdot(data.gram[j], b)
                least = min(least, 1 - abs(g) / lam)
    return least


def second_witness(data, grid, knots):
    """Print the largest differences to scikit-learn's two solvers, which work in doubles and minimise with 1/n."""
    import numpy as np
    import sklearn
    from sklearn.linear_model import Lasso, lars_path

    x = np.array([[nearest(v) for v in column] for column in data.x]).T
    y = np.array([nearest(v) for v in data.y])
    alphas, _, coefs = lars_path(x, y, method="lasso")
    must(len(alphas) == len(knots), "lars_path has as many knots")
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}; largest |difference|, largest |b| is "
          f"{max(abs(v) for _, b in knots for v in b):.1f}")
    ours = np.array([lam for lam, _ in knots])
    print(f"  lars_path, lambda of the knots       {np.abs(alphas * data.n - ours).max():.2e}")
    print(f"  lars_path, b at the knots            {np.abs(coefs.T - np.array([b for _, b in knots])).max():.2e}")
    theirs = np.array([[np.interp(lam, alphas[::-1] * data.n, c[::-1]) for c in coefs] for lam, _ in grid])
    print(f"  lars_path between knots, b on grid   {np.abs(theirs - np.array([b for _, b in grid])).max():.2e}")
    worst, support = 0.0, 0
    for lam, b in grid:
        model = Lasso(alpha=lam / data.n, fit_intercept=False, tol=1e-15, max_iter=10**6).fit(x, y)
        worst = max(worst, np.abs(model.coef_ - b).max())
        support += any((v != 0) != (w != 0) for v, w in zip(model.coef_, b))
    print(f"  Lasso (coordinate descent), b        {worst:.2e}; another support at {support} of {len(grid)} points")


def main():
    mp.dps = DIGITS
    text = DATA.read_text(encoding="ascii")
    data = Data(text)
    mu = eigenvalue_bound(data)
    computed = min(mp.eigsy(mp.matrix(data.gram), eigvals_only=True))
    must(mu <= computed < math.nextafter(mu, 1.0), "the exact bound and the computed eigenvalue agree")
    segments = follow(data)
    digest = hashlib.sha256(text.encode()).hexdigest()
    fill = dict(digest=digest, n=data.n, p=data.p, digits=DIGITS, top=nearest(segments[0].high), mu=mu)
    grid_text, grid_error, grid = grid_file(
        data, segments, mu, HEADER.format(title="The lasso on a grid of 100 lambdas.", **fill))
    knots_text, knots_error, knots = knots_file(
        data, segments, mu, HEADER.format(title="The knots of the lasso path.", **fill))
    print(f"lambda_max = {fill['top']!r}\nmu = {mu!r}")
    for s in segments:
        print(f"  {mp.nstr(s.high, 12):>15}  {s.event[0]} {data.names[s.event[1]]}")
    print(f"error of b before rounding: at most {mp.nstr(grid_error, 3)} on the grid, {mp.nstr(knots_error, 3)} at knots")
    print(f"inactive correlations inside +-lambda by at least {mp.nstr(interior(data, segments, grid), 3)} lambda")
    second_witness(data, grid, knots)
    for name, new in (("lasso.tsv", grid_text), ("lasso-knots.tsv", knots_text)):
        if "--check" in sys.argv[1:]:
            must((OUT / name).read_text(encoding="ascii") == new, f"{name} is as committed")
            print(f"{name} is as committed")
        else:
            (OUT / name).write_text(new, encoding="ascii")
            print(f"{name}: {len(new)} bytes")


if __name__ == "__main__":
    main()
