# Golden values from independent implementations (mpmath to 50 digits, scipy):
#   python3 src/domain/analysis/numbers/testing/make-golden.py > src/domain/analysis/numbers/testing/golden.json
import json
from mpmath import mp, mpf, loggamma, log, betainc, ncdf, findroot, exp
from scipy import stats
mp.dps = 50

def beta_tail(x, a, b):
    return float(log(betainc(mpf(a), mpf(b), 0, mpf(x), regularized=True)))

def binom_at_least(k, n, p):
    return float(log(betainc(mpf(k), mpf(n - k + 1), 0, mpf(p), regularized=True)))

golden = {
    "logGamma": [[x, float(loggamma(mpf(x)))] for x in [1e-5, 0.1, 0.5, 0.99, 1.5, 2.5, 3, 7.25, 12, 40.5, 1e3, 1e6, 1e9]],
    "logBetaAtMost": [[x, a, b, beta_tail(x, a, b)] for x, a, b in
        [(0.1, 2, 3), (0.5, 0.5, 0.5), (0.9, 30, 2), (0.01, 1, 200), (0.005, 40, 4000), (0.005, 10, 4000), (0.3, 400, 600), (1e-4, 3, 50)]],
    "logBinomialAtLeast": [[k, n, p, binom_at_least(k, n, p)] for k, n, p in
        [(1, 10, 0.1), (5, 100, 0.01), (50, 1000, 0.01), (67, 5000, 0.01), (300, 500, 0.5), (12, 40, 0.7)]],
    "rateAtMost": [[x, n, c, float(stats.beta.ppf(c, x + 1, n - x))] for x, n, c in
        [(0, 50, 0.95), (0, 300, 0.95), (3, 100, 0.99), (50, 5000, 0.99), (400, 1000, 0.999)]],
    "rateAtLeast": [[x, n, c, float(stats.beta.ppf(1 - c, x, n - x + 1))] for x, n, c in
        [(1, 50, 0.95), (67, 5000, 0.99), (50, 5000, 0.99), (400, 1000, 0.999)]],
    "logNormalAbove": [[z, float(log(ncdf(-mpf(z))))] for z in [-8, -3.5, -1, 0, 0.3, 1.6448536269514722, 2.9, 3.1, 6, 20]],
    "studentAbove": [[p, v, float(stats.t.isf(p, v))] for p, v in [(0.05, 8), (0.01, 8), (0.05, 1), (0.01, 2), (0.025, 30), (0.01, 500)]],
}
print(json.dumps(golden, indent=1))
