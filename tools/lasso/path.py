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
mp.dps = DIGITS
GRID = 100  # points, lambda_max down to lambda_max / 10^3, both included, evenly spaced in the logarithm
# More than the checks' own rounding: their sums have 442 terms of at most 442 * 346^2 < 10^8, each a few units of
# 10^-DIGITS off, so 10^(15 - DIGITS) would do.
FUZZ = mpf(10) ** (20 - DIGITS)
STEP = mpf(10) ** (40 - DIGITS)  # how closely the knots are enclosed

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
        self.gram = [[real(v) / (self.norms[j] * self.norms[k]) for k, v in enumerate(line)]
                     for j, line in enumerate(self.s)]
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
    """An mpf rounded to the nearest double, ties to even: Python rounds the division of integers correctly."""
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


def certify(data, mu, b, lam):
    """The objective at `b`, a bound of ||b - b*|| where b* is the minimiser, and the least slack of a zero coefficient.

    d is the distance of g = X'(y - X b) from lambda times the subdifferential of ||b||_1, computed from the rows and
    not from X'X; it is 0 exactly when b is the minimiser (Karush, Kuhn and Tucker). The objective is mu-strongly
    convex, so ||b - b*|| <= d / mu. Ends the program unless that bound also proves that b* has the support of `b`:
    an active coefficient is farther from 0 than the bound, and the correlation of a zero one is inside +-lambda by
    more than b* - b can move it, which is sqrt(p) ||b* - b|| because the columns have norm 1.
    """
    used = [j for j in range(data.p) if b[j] != 0]
    r = [data.y[i] - mp.fsum(data.x[j][i] * b[j] for j in used) for i in range(data.n)]
    g = [mp.fdot(column, r) for column in data.x]
    zero = [j for j in range(data.p) if b[j] == 0]
    d = mp.norm([g[j] - lam * mp.sign(b[j]) for j in used] + [max(abs(g[j]) - lam, 0) for j in zero])
    must(d < FUZZ, "the conditions of Karush, Kuhn and Tucker")
    error = (d + FUZZ) / mpf(mu)
    slack = min((lam - abs(g[j]) for j in zero), default=mp.inf)
    must(all(abs(b[j]) > error for j in used) and slack > mp.sqrt(data.p) * error + FUZZ, "the support is proved")
    return mp.fdot(r, r) / 2 + lam * mp.fsum(abs(v) for v in b), error, slack


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


HEADER = """\
# {title}
# The diabetes data of examples/data/diabetes.tsv, sha256 {digest}.
# Minimises ||y - X b||^2 / 2 + lambda ||b||_1 (no 1/n); the columns of X centred and scaled to Euclidean norm 1, y
# centred, no intercept (Efron, Hastie, Johnstone, Tibshirani 2004). n = {n}, p = {p}.
# Made by tools/lasso/path.py ({digits} digits, every number then rounded once to the nearest double, printed so that it
# reads back as that double).
# lambda_max = {top!r}, the nearest double of max |X'y|.
# mu = {mu!r}, a lower bound of the smallest eigenvalue of X'X: the largest double m for which
# X'X - m I is positive definite, decided in exact rational arithmetic.
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
    """The text of `lasso.tsv`, and its rows as numbers. Prints how far they are from being in doubt."""
    text, table, worst, nearest_zero, least = header + GRID_NOTE, [], mpf(0), mp.inf, mp.inf
    text += row("lambda", "active", "objective", *data.names)
    for i in range(GRID):
        lam = nearest(segments[0].high * mpf(10) ** (mpf(-3 * i) / (GRID - 1)))
        b = solution(segments, mpf(lam))
        objective, error, slack = certify(data, mu, b, mpf(lam))
        # Strong convexity again: the objective at b is above the minimum by at most d error, d < FUZZ.
        (objective,) = settle([objective], FUZZ * (1 + error))
        worst = max(worst, error)
        if i > 0:  # at lambda_max everything is at the edge
            nearest_zero = min([nearest_zero] + [abs(v) for v in b if v != 0])
            least = min(least, slack / lam)
        b = settle(b, error)
        text += row(lam, sum(v != 0 for v in b), objective, *b)
        table.append((lam, b))
    print(f"grid: error of b before rounding <= {mp.nstr(worst, 3)}; below lambda_max the least coefficient not 0 is "
          f"{mp.nstr(nearest_zero, 3)}, zero ones have slack >= {mp.nstr(least, 3)} lambda")
    return text, table


def knots_file(data, segments, mu, header):
    """The text of `lasso-knots.tsv`, and its rows as numbers.

    A knot is proved by its two sides: STEP lambda above and below it the supports are proved and differ by one feature.
    """
    text, table = header + KNOTS_NOTE + row("knot", "lambda", "event", "active", *data.names), []
    for k, s in enumerate(segments):
        step = STEP * s.high
        high, low = (segments[k - 1].at(s.high + step) if k else [mpf(0)] * data.p), s.at(s.high - step)
        errors = [certify(data, mu, b, lam)[1] for b, lam in ((high, s.high + step), (low, s.high - step))]
        differ = [j for j in range(data.p) if (high[j] == 0) != (low[j] == 0)]
        must(differ == [s.event[1]], "one feature changes at a knot")
        must((low[differ[0]] != 0) == (s.event[0] == "enter"), "and it does what the event says")
        (lam,) = settle([s.high], step)
        # The minimiser is Lipschitz in lambda: mu ||b - b'||^2 <= |lambda - lambda'| ||b - b'||_1 (monotone
        # subdifferential), and ||.||_1 <= sqrt(p) ||.||. The knot is at most 2 step below the upper side.
        high[differ[0]] = mpf(0)  # by the definition of the knot; at the upper side it may be a step away
        b = settle(high, errors[0] + 2 * step * mp.sqrt(data.p) / mpf(mu))
        active = ",".join("+-"[s.sign[j] < 0] + data.names[j] for j in s.active)
        text += row(k, lam, " ".join((s.event[0], data.names[differ[0]])), active, *b)
        table.append((lam, b))
    least_squares = segments[-1].at(mpf(0))
    b = settle(least_squares, certify(data, mu, least_squares, mpf(0))[1])
    text += row(len(segments), 0.0, "end", active, *b)
    table.append((0.0, b))
    return text, table


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
    text = DATA.read_text(encoding="ascii")
    data = Data(text)
    mu = eigenvalue_bound(data)
    computed = min(mp.eigsy(mp.matrix(data.gram), eigvals_only=True))
    must(mu <= computed < math.nextafter(mu, 1.0), "the exact bound and the computed eigenvalue agree")
    segments = follow(data)
    digest = hashlib.sha256(text.encode()).hexdigest()
    fill = dict(digest=digest, n=data.n, p=data.p, digits=DIGITS, top=nearest(segments[0].high), mu=mu)
    print(f"lambda_max = {fill['top']!r}\nmu = {mu!r}")
    for t in segments:
        print(f"  {mp.nstr(t.high, 12):>15}  {t.event[0]} {data.names[t.event[1]]}")
    grid_text, grid = grid_file(data, segments, mu, HEADER.format(title="The lasso on a grid of 100 lambdas.", **fill))
    knots_text, knots = knots_file(data, segments, mu, HEADER.format(title="The knots of the lasso path.", **fill))
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
