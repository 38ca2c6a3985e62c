"""What views of a face, second networks, score normalisation and several pictures bring, by the vectors of template_views.

    template_views.py OUT PAIRS.csv choose|report [METHODS…]      (needs pypi numpy)
OUT holds the records of all pictures named in the pairs, sorted by name; where it has few views, only the second recogniser is judged. Folds 1 and 2 choose, folds 3 to 5 report;
subjects of the choosing part don't appear in the other. Non-mated: all pairs of the part's subjects, one picture each;
mated: the pairs listed. Intervals of 95 % by a bootstrap over subjects.
"""
import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

VIEWS, FACERES, SECOND, GENDERS = 15, 5, 2, 2
NAMES = dict(crop=0, mirror=1, closer=2, farther=3, right_down=4, left_up=5, turned=6, turned_back=7, mesh=8,
             mesh_mirror=9, steady=10, steady_mirror=11, mean_points=12, closer_mirror=13, farther_mirror=14)
RATES = (1e-2, 1e-3, 1e-4)


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def person(name):
    return Path(name).stem.rsplit("_", 1)[0]


class Part:
    """One half of the data: mated pairs as indices, and one picture of each subject."""

    def __init__(self, rows, files):
        index = {name: i for i, name in enumerate(files)}
        names = sorted({name for row in rows for name in (row["a"], row["b"])})
        self.pictures = defaultdict(list)
        for name in names:
            self.pictures[person(name)].append(index[name])
        self.subjects = sorted(self.pictures)
        number = {s: i for i, s in enumerate(self.subjects)}
        self.first = np.array([self.pictures[s][0] for s in self.subjects])
        self.mated = np.array([(index[r["a"]], index[r["b"]], number[person(r["a"])]) for r in rows if r["mated"] == "1"])
        self.upper = np.triu_indices(len(self.first), 1)


def rates_of(mated, owner, non, pairs, subjects, replicates=100):
    """FNMR at the false match rates, and their intervals."""
    order = np.argsort(-non)
    ranked, a, b = non[order], pairs[0][order], pairs[1][order]
    random = np.random.default_rng(7)
    found = []
    for r in range(replicates + 1):
        times = np.ones(subjects) if r == 0 else np.bincount(random.integers(0, subjects, subjects), minlength=subjects)
        weights = np.cumsum(times[a] * times[b])
        own = times[owner]
        cells = []
        for rate in RATES:
            cut = np.searchsorted(weights, rate * weights[-1], side="right")
            cells.append(float((own * (mated <= ranked[cut])).sum() / own.sum()))
        found.append(cells)
    found = np.array(found)
    return found[0], np.quantile(found[1:], 0.025, 0), np.quantile(found[1:], 0.975, 0), found


def judge(part, mated, matrix):
    return rates_of(mated, part.mated[:, 2], matrix[part.upper], part.upper, len(part.subjects))


def embedded(part, x):
    first = x[part.first]
    return np.einsum("ij,ij->i", x[part.mated[:, 0]], x[part.mated[:, 1]]), first @ first.T


def z_fused(parts, xs, weights):
    """Scores of several networks, each brought to mean 0 and deviation 1 of the choosing part's strangers."""
    choosing, part = parts
    mated, matrix = 0, 0
    for x, weight in zip(xs, weights):
        strangers = embedded(choosing, x)[1][choosing.upper]
        m, s = embedded(part, x)
        mated = mated + weight * (m - strangers.mean()) / strangers.std()
        matrix = matrix + weight * (s - strangers.mean()) / strangers.std()
    return mated, matrix


def s_normed(part, x, cohort, top):
    """Adaptive symmetric normalisation against the nearest `top` of a cohort."""
    def moments(rows):
        near = np.sort(x[rows] @ x[cohort].T, axis=1)[:, -top:]
        return near.mean(1), near.std(1)
    m, s = embedded(part, x)
    (ma, sa), (mb, sb) = moments(part.mated[:, 0]), moments(part.mated[:, 1])
    mf, sf = moments(part.first)
    normed = lambda v, m1, s1, m2, s2: ((v - m1) / s1 + (v - m2) / s2) / 2
    return normed(m, ma, sa, mb, sb), normed(s, mf[:, None], sf[:, None], mf[None], sf[None])


def load(out, pairs):
    rows = list(csv.DictReader(open(pairs)))
    files = sorted({name for row in rows for name in (row["a"], row["b"])})
    raw = np.fromfile(out, "f4").reshape(len(files), -1)
    usable = {name for name, ok in zip(files, ~np.isnan(raw[:, 0])) if ok}  # the others: no face found
    rows = [r for r in rows if r["a"] in usable and r["b"] in usable]
    choosing = [r for r in rows if r["fold"] in ("1", "2")]
    seen = {person(r[side]) for r in choosing for side in ("a", "b")}
    reporting = [r for r in rows if r["fold"] not in ("1", "2") and not {person(r["a"]), person(r["b"])} & seen]
    return Part(choosing, files), Part(reporting, files), raw


def second_methods(choosing, part, raw):
    """dlib's small DenseNet alone and beside the residual network."""
    start = VIEWS * 128 + FACERES * 1024
    crop, mirror = unit(raw[:, :128]), unit(raw[:, 128:256])
    dense, dense_mirror = unit(raw[:, start : start + 128]), unit(raw[:, start + 128 : start + 256])
    both, dense_both = unit(crop + mirror), unit(dense + dense_mirror)
    yield "crop", *embedded(part, crop)
    yield "crop + mirror", *embedded(part, both)
    yield "DenseNet", *embedded(part, dense)
    yield "DenseNet + mirror", *embedded(part, dense_both)
    for weight in (0.1, 0.2, 0.3, 0.5, 0.7, 1.0):
        yield f"crop + DenseNet x {weight}", *z_fused((choosing, part), (crop, dense), (1, weight))
        yield f"crop + mirror + DenseNet x {weight}", *z_fused((choosing, part), (both, dense), (1, weight))
        yield f"crop + mirror, DenseNet + mirror x {weight}", *z_fused((choosing, part), (both, dense_both), (1, weight))


def methods(choosing, part, raw):
    view = {name: unit(raw[:, i * 128 : (i + 1) * 128]) for name, i in NAMES.items()}
    start = VIEWS * 128
    faceres = [unit(raw[:, start + i * 1024 : start + (i + 1) * 1024]) for i in range(FACERES)]
    mean = lambda *names: unit(sum(view[n] for n in names))
    both = mean("crop", "mirror")
    centred = lambda x: unit(x - x[choosing.first].mean(0))
    yield "crop", *embedded(part, view["crop"])
    for name in ("mesh", "steady", "mean_points", "closer", "farther"):
        yield f"other alignment: {name}", *embedded(part, view[name])
    yield "crop + mirror", *embedded(part, both)
    yield "steady + mirror", *embedded(part, mean("steady", "steady_mirror"))
    yield "mesh + mirror", *embedded(part, mean("mesh", "mesh_mirror"))
    yield "steady + mesh", *embedded(part, mean("steady", "mesh"))
    yield "steady + mesh mirror", *embedded(part, mean("steady", "mesh_mirror"))
    yield "closer + farther", *embedded(part, mean("closer", "farther"))
    yield "closer + farther mirror", *embedded(part, mean("closer", "farther_mirror"))
    yield "2 shifts", *embedded(part, mean("right_down", "left_up"))
    yield "crop, mirror, closer, farther mirror", *embedded(part, mean("crop", "mirror", "closer", "farther_mirror"))
    yield "crop, mirror, closer/farther and mirrors", *embedded(
        part, mean("crop", "mirror", "closer", "farther", "closer_mirror", "farther_mirror"))
    yield "crop + 4 (scale, shift)", *embedded(part, mean("crop", "closer", "farther", "right_down", "left_up"))
    yield "all 15", *embedded(part, mean(*NAMES))
    yield "centred crop", *embedded(part, centred(view["crop"]))
    yield "centred crop + mirror", *embedded(part, centred(both))
    for i, name in enumerate(("tight", "medium", "loose", "medium less mean", "medium mirror")):
        yield f"faceres {name}", *embedded(part, faceres[i])
        yield f"faceres {name}, centred", *embedded(part, centred(faceres[i]))
    for i in (0, 1, 2, 3):
        for weight in (0.15, 0.3, 0.5):
            yield f"crop + faceres {i} x {weight}", *z_fused((choosing, part), (view["crop"], centred(faceres[i])), (1, weight))
    two = centred(unit(faceres[1] + faceres[4]))
    yield "crop + mirror, faceres + mirror x 0.3", *z_fused((choosing, part), (both, two), (1, 0.3))
    for weight in (0.15, 0.3):
        yield f"crop + mirror, faceres less mean x {weight}", *z_fused(
            (choosing, part), (both, centred(faceres[3])), (1, weight))
    if part is not choosing:
        for top in (30, 100, 300, 700):
            yield f"crop, s-norm of the nearest {top}", *s_normed(part, view["crop"], choosing.first, top)
            yield f"crop + mirror, s-norm of the nearest {top}", *s_normed(part, both, choosing.first, top)


def several(part, x, quality, least=4):
    """References of k pictures; probe: another picture of subjects with `least` pictures or more."""
    people = [s for s in part.subjects if len(part.pictures[s]) >= least]
    number = {s: i for i, s in enumerate(part.subjects)}
    for k in range(1, least):
        for name, weigh in quality.items():
            references, probes, owners = [], [], []
            for s in people:
                pictures = part.pictures[s]
                for turn in range(len(pictures)):
                    order = pictures[turn:] + pictures[:turn]
                    chosen = order[1 : k + 1]
                    references.append(x[chosen] if weigh is None else unit((x[chosen] * weigh[chosen, None]).sum(0))[None])
                    probes.append(x[order[0]])
                    owners.append(number[s])
            references, owners = np.array(references), np.array(owners)
            mated = np.einsum("irj,ij->ir", references, np.array(probes)).max(1)
            # Strangers: one picture of every other subject against every reference.
            matrix = np.einsum("irj,kj->irk", references, x[part.first], optimize=True).max(1)
            keep = np.nonzero(owners[:, None] != np.arange(len(part.first))[None])
            result = rates_of(mated, owners, matrix[keep], (owners[keep[0]], keep[1]), len(part.subjects))
            yield f"{k} picture(s), {name}", len(people), len(mated), result
            if k == 1:
                break


def claims(choosing, part, x, slope):
    """Several pictures as one (src/statistics/several.h): what passes at one picture's thresholds of the choosing part."""
    cosines = embedded(choosing, x)[1][choosing.upper]
    centre, first, random = cosines.mean() + cosines.std(), x[part.first], np.random.default_rng(7)
    for k in (1, 2, 3, 5):
        known = [i for i, s in enumerate(part.subjects) if len(part.pictures[s]) >= k]
        means = np.array([x[part.pictures[part.subjects[i]][:k]].mean(0) for i in known])
        spread = np.sqrt(np.maximum(0.25, 1 - slope / 2 * (1 - (means**2).sum(1))))
        scores = centre + (first @ means.T - centre) / spread
        scores[known, np.arange(len(known))] = -1
        for rate in (1e-2, 5e-3, 2e-3):
            passed = (scores >= np.quantile(cosines, 1 - rate)).astype("f4")
            rates = []
            for r in range(201):
                times = np.ones(len(first)) if r == 0 else np.bincount(random.integers(0, len(first), len(first)), minlength=len(first))
                rates.append(times @ passed @ times[known] / (times.sum() * times[known].sum() - (times[known] ** 2).sum()))
            yield k, len(known), rate, rates[0], *np.quantile(rates[1:], (0.025, 0.975))


def main(out, pairs, which, *wanted):
    choosing, reporting, raw = load(out, pairs)
    part = choosing if which == "choose" else reporting
    print(f"{which}: {len(part.subjects)} subjects, {len(part.mated)} mated pairs, {len(part.upper[0])} of strangers")
    base = None
    few = np.isnan(raw[:, 256:VIEWS * 128]).all()
    for name, mated, matrix in (second_methods if few else methods)(choosing, part, raw):
        if wanted and base is not None and name not in wanted:
            continue
        value, low, high, all_ = judge(part, mated, matrix)
        base = all_ if base is None else base
        gain = np.quantile((all_ - base)[1:], (0.025, 0.975), 0)
        print(f"{name:45}" + "  ".join(f"{100 * v:5.2f} ({100 * a:.2f}–{100 * b:.2f}) [{100 * g:+.2f} {100 * h:+.2f}]"
                                       for v, a, b, g, h in zip(value, low, high, *gain)), flush=True)
    x = unit(raw[:, :128])
    both = unit(x + unit(raw[:, 128:256]))
    for name, templates, slope in (("crop", x, 14.0), ("crop + mirror", both, 14.5)):  # slopes fitted on folds 1 and 2
        for k, known, rate, value, low, high in claims(choosing, part, templates, slope):
            print(f"{name}, {k} picture(s) as one ({known} people), claimed {100 * rate:.1f} %: {100 * value:.3f} ({100 * low:.3f}–{100 * high:.3f})")
    quality = {"best of": None, "equal": np.ones(len(raw)), "by quality": raw[:, -3] + 0.05,
               "by length": np.linalg.norm(raw[:, :128], axis=1) ** 2}
    for name, people, probes, (value, low, high, _) in several(part, x, quality):
        print(f"{name} ({people} people, {probes} probes)".ljust(60) +
              "  ".join(f"{100 * v:5.2f} ({100 * a:.2f}–{100 * b:.2f})" for v, a, b in zip(value, low, high)), flush=True)


main(*sys.argv[1:])
