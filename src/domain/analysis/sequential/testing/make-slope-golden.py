# Golden values of slope-bet.test.ts by brute force:
#   python3 src/domain/analysis/sequential/testing/make-slope-golden.py
# One-sided slope bet by brute force: integrate over slope (half-normal in noise units, twice its density) and noise (1/sigma), to 30 digits.
from mpmath import mp, mpf, quad, sqrt, exp, pi, inf, log
mp.dps = 30
PHI = mpf(10)
def evidence(ds):
    ds=[mpf(str(d)) for d in ds]; w=[];c=[]; n=len(ds)
    for j in range(1,n):
        m=sum(ds[:j])/j; mx=mpf(sum(range(j)))/j
        sc=sqrt(1+mpf(1)/j); w.append((ds[j]-m)/sc); c.append((j-mx)/sc)
    m=len(w)
    # delta = theta/sigma ~ half normal with precision PHI; sigma with density 1/sigma
    def like(delta, sigma):
        return exp(-sum((wi-ci*delta*sigma)**2 for wi,ci in zip(w,c))/(2*sigma**2))/sigma**m
    Q0=sum(x*x for x in w)
    s0=sqrt(Q0/m)
    null=quad(lambda s: like(0,s)/s,[s0/50,s0/4,s0/2,s0,2*s0,5*s0,60*s0])
    def inner(s): return quad(lambda d: like(d,s)*2*sqrt(PHI/(2*pi))*exp(-PHI*d*d/2),[0,0.1,0.3,0.7,1.5,4])
    alt=quad(lambda s: inner(s)/s,[s0/50,s0/8,s0/4,s0/2,s0,2*s0,5*s0,60*s0])
    return log(alt/null)
for ds in ([1,2,4,3],[5,4,6,7,9,8,11],[3,1,2,0,-1,-2],[0.5,0.7,0.1,0.9,0.4,0.6,0.2,0.8]):
    mp.dps=20
    print('[', ds, ',', mp.nstr(evidence(ds),12), '],', flush=True)
