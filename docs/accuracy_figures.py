"""The pictures of accuracy.md, made anew: python docs/accuracy_figures.py

Writes SVG files into docs/figures. Needs matplotlib, mpmath and numdifftools; takes half a minute.
The same versions of all make the same files.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import mpmath
import numpy as np

import centraldiff as cd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "benchmarks"))

from accuracy_cases import CASES  # noqa: E402
from accuracy_contestants import contestants  # noqa: E402
from accuracy_judge import judge  # noqa: E402

LEAST = 1e-17  # errors below are drawn here: a logarithm has no place for 0
BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#777777"


def main() -> None:
    """Draw them all."""
    mpl.use("svg")
    mpl.rcParams.update(
        {
            "svg.hashsalt": "centraldiff",
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#e5e5e5",
            "grid.linewidth": 0.6,
            "legend.frameon": False,
        }
    )
    save(error_against_step(), "error_against_step")
    save(reported_against_true(), "reported_against_true")
    save(error_against_noise(), "error_against_noise")


def save(figure: Any, name: str) -> None:
    """Without a date, so that what has not changed is the same file."""
    figure.savefig(HERE / "figures" / f"{name}.svg", metadata={"Date": None})


def panels(count: int, width: float, **options: Any) -> tuple[Any, Iterator[Any]]:
    """A figure with so many axes beside each other."""
    import matplotlib.pyplot as plt  # after the choice of a backend

    figure, axes = plt.subplots(
        1, count, figsize=(width, 3.4), layout="constrained", squeeze=False, **options
    )
    return figure, axes[0]


def error_against_step() -> Any:
    """The V: truncation to the right, rounding to the left; where defaults and "adaptive" end."""
    mpmath.mp.dps = 50
    functions: list[tuple[str, Callable[[Any], Any], Callable[[float], float]]] = [
        ("exp(x) at 1", mpmath.exp, np.exp),
        ("sin(100 x) at 1", lambda x: mpmath.sin(100 * x), lambda x: np.sin(100 * x)),
        (
            "1e6 + sin(x) at 1",
            lambda x: 10**6 + mpmath.sin(x),
            lambda x: 1e6 + np.sin(x),
        ),
    ]
    figure, axes = panels(len(functions), 9.6, sharey=True)
    steps = 10.0 ** np.arange(-12, 0.3, 0.1)
    for ax, (title, exact, fun) in zip(axes, functions, strict=True):
        true = mpmath.diff(exact, 1)

        def off(result: Any, true: Any = true) -> float:
            return max(float(abs((mpmath.mpf(float(result.value)) - true) / true)), LEAST)

        for order, color in ((2, BLUE), (4, ORANGE), (8, GREEN)):
            along = [
                off(cd.derivative(fun, 1.0, order=order, abs_step=h, full_output=True))
                for h in steps
            ]
            ax.loglog(steps, along, color=color, linewidth=1, label=f"order {order}")
            default = cd.derivative(fun, 1.0, order=order, full_output=True)
            ax.plot(default.step, off(default), "o", color=color, markeredgecolor="black")
        best = cd.derivative(fun, 1.0, method="adaptive", full_output=True)
        ax.plot(best.step, off(best), "*", color=RED, markersize=14, markeredgecolor="black")
        ax.set(title=title, xlabel="step", ylim=(LEAST / 2, 1e3), xlim=(1e-12, 2))
        ax.set_xticks([1e-12, 1e-8, 1e-4, 1])
    axes[0].set_ylabel("relative error of the derivative")
    axes[0].plot([], [], "o", color="white", markeredgecolor="black", label="default step")
    axes[0].plot(
        [], [], "*", color=RED, markersize=12, markeredgecolor="black", label="adaptive (longest)"
    )
    axes[0].legend(loc="upper center", fontsize=8)
    return figure


def reported_against_true() -> Any:
    """Every case of the benchmark as a point; below the diagonal less is claimed than is wrong."""
    chosen = {c.name: c for c in contestants()[0]}
    figure, axes = panels(2, 9.0, sharey=True, sharex=True)
    for ax, name in zip(axes, ("centraldiff adaptive", "numdifftools"), strict=True):
        true, claimed = [], []
        for case in CASES:
            verdict = judge(chosen[name], "first", case)
            if np.isfinite(verdict.value) and np.isfinite(verdict.claimed):
                true.append(max(float(verdict.relative), LEAST))
                claimed.append(max(float(verdict.claimed / verdict.scale), LEAST))
        ends = np.array([LEAST / 3, 1e6])
        ax.fill_between(ends, LEAST / 3, ends / 10, color=RED, alpha=0.08, linewidth=0)
        ax.loglog(ends, ends, color=GREY, linewidth=0.8)
        ax.loglog(true, claimed, ".", color=BLUE, markersize=4, alpha=0.6)
        silent = int((np.array(claimed) < np.array(true) / 10).sum())
        ax.set(
            title=f"{name}: {silent} of {len(CASES)} claim less than a tenth",
            xlabel="true relative error",
            xlim=ends,
            ylim=ends,
        )
        ax.title.set_fontsize(9)
    axes[0].set_ylabel("reported error, relative")
    return figure


def error_against_noise() -> Any:
    """Gradients of a sum of sines with noise: median over coordinates and runs."""
    x = np.array([0.3, 0.7, 1.1, 1.9, 2.6])
    rates = np.array([1.0, 2.0, 3.0, 0.5, 1.5])
    exact = rates * np.cos(rates * x)
    levels = 10.0 ** np.arange(-14, -1.9, 0.5)
    ways: dict[str, tuple[str, str, Callable[[float], dict[str, Any]]]] = {
        "central, default step": (GREY, "-", lambda eps: {}),
        "adaptive": (RED, "-", lambda eps: {"method": "adaptive"}),
        "adaptive, noise=eps": (RED, "--", lambda eps: {"method": "adaptive", "noise": eps}),
        "central, noise=eps": (BLUE, "--", lambda eps: {"noise": eps}),
        'central, noise="estimate"': (BLUE, "-", lambda eps: {"noise": "estimate"}),
    }
    figure, (ax,) = panels(1, 6.4)
    for label, (color, line, options) in ways.items():
        errors = []
        for eps in levels:
            found = []
            for run in range(40):
                noise = np.random.default_rng(run)
                value = cd.gradient(
                    lambda t, noise=noise, eps=eps: np.sin(rates * t).sum() + eps * noise.normal(),
                    x,
                    **options(eps),
                )
                found.append(np.abs(value - exact))
            errors.append(np.median(found))
        ax.loglog(levels, errors, line, color=color, linewidth=1.4, label=label)
    ax.set(xlabel="noise eps (standard deviation)", ylabel="median error of an entry")
    ax.legend(fontsize=8)
    return figure


if __name__ == "__main__":
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        main()
