"""Fits the lines of src/face/quality/coverings.cpp on the clues that `mien eval coverings LABELS --csv CLUES.csv` leaves.

    fit_coverings.py CLUES.csv      (needs pypi numpy, scikit-learn)

Logistic regression with both classes weighted alike; drawn dark glasses and masks are added to those really worn, of
which lfw-dev has few. The area under the curve is that of eight parts, each judged by the others' fit, on worn ones
where there are any.
"""

import csv
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEEN = {"glasses": "p_glasses", "dark": "p_dark", "mouth": "p_mask", "headwear": "p_headwear"}  # empty: out of sight

# name: label column, what is drawn (None: only really worn), clues
LINES = {
    "glasses": ("glasses", None, ["temple_edges", "bridge_edge", "eye_light", "eye_contrast"]),
    "dark": ("dark", "dark_glasses", ["lid_light", "temple_edges", "brighter_eye"]),
    "mouth": ("mouth", "mask", ["mouth_contrast", "nose_edge", "nose_side_edges"]),
    "headwear": (
        "headwear",
        None,
        ["brow_edges", "forehead_light", "crown_side_edges", "forehead_side_edges"],
    ),
}


def model():
    return make_pipeline(StandardScaler(), LogisticRegression(C=10, class_weight="balanced"))


def wilson(hits: int, all_: int) -> str:
    """A share with its 95 % interval; every sample is another subject's."""
    z, share = 1.96, hits / all_
    middle = (share + z * z / (2 * all_)) / (1 + z * z / all_)
    half = z / (1 + z * z / all_) * (share * (1 - share) / all_ + z * z / (4 * all_ * all_)) ** 0.5
    return f"{100 * share:.1f} % ({100 * max(0, middle - half):.1f}-{100 * min(1, middle + half):.1f})"


def shipped(rows, name: str, label: str, drawn: str | None) -> None:
    """Recall and false alarms of the probabilities as they came out of the product."""
    seen = [r for r in rows if r[SEEN[name]] != "" and r[label] != ""]
    bare = np.array([float(r[SEEN[name]]) for r in seen if r["drawn"] == "" and r[label] == "0"])
    worn = np.array([float(r[SEEN[name]]) for r in seen if r["drawn"] == "" and r[label] == "1"])
    added = np.array([float(r[SEEN[name]]) for r in seen if drawn and r["drawn"] == drawn and r[label] == "0"])
    for at in (0.5, 0.65, 0.75, 0.85):
        print(
            f"    as shipped at {at}: worn {wilson((worn >= at).sum(), len(worn)) if len(worn) else '-'}, "
            f"drawn {wilson((added >= at).sum(), len(added)) if len(added) else '-'}, "
            f"false alarms {wilson((bare >= at).sum(), len(bare))}, "
            f"surely bare (at most {1 - at:.2f}): bare {100 * (bare <= 1 - at).mean():.1f} %"
        )


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["found"] == "1"]
    for name, (label, drawn, clues) in LINES.items():
        seen = [r for r in rows if r[SEEN[name]] != "" and r[label] != ""]
        real = [r for r in seen if r["drawn"] == ""]
        added = [r for r in seen if drawn and r["drawn"] == drawn and r[label] == "0"]
        x = np.array([[float(r[c]) for c in clues] for r in real + added])
        y = np.array([int(r[label]) for r in real] + [1] * len(added))
        parts = StratifiedKFold(8, shuffle=True, random_state=1)
        scores = cross_val_predict(model(), x, y, cv=parts, method="decision_function")
        worn = np.arange(len(y)) < len(real) if y[: len(real)].any() else np.ones(len(y), bool)
        fitted = model().fit(x, y)
        scale, line = fitted[0], fitted[1]
        weights = line.coef_[0] / scale.scale_
        bias = line.intercept_[0] - (weights * scale.mean_).sum()
        false_alarms = (scores[y == 0] >= 0).mean()
        recall = (scores[worn & (y == 1)] >= 0).mean()
        print(
            f"{name}: {int(y.sum())} with, {int((y == 0).sum())} without, AUC {roc_auc_score(y[worn], scores[worn]):.4f}, "
            f"recall {recall:.3f}, false alarms {false_alarms:.3f}"
        )
        for share in (0.005, 0.01, 0.02, 0.05):
            limit = np.quantile(scores[y == 0], 1 - share)
            p = 1 / (1 + np.exp(-limit))
            print(f"    false alarms {share}: probability {p:.3f}, recall {(scores[worn & (y == 1)] >= limit).mean():.3f}")
        terms = " ".join(f"{w:+.3f}f * c.{c}" for w, c in zip(weights, clues, strict=True))
        print(f"    {bias:.3f}f {terms}")
        shipped(rows, name, label, drawn)


if __name__ == "__main__":
    main(sys.argv[1])
