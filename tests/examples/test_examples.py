"""Every example runs by itself, from anywhere, and says what it should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import centraldiff

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

# Standard deviations from the Hessian at the certified parameters, out of 40-digit arithmetic.
HESSIAN_DEVIATIONS = {
    "Misra1a": (2.71086472e00, 7.27724877e-06),
    "Roszman1": (1.93978016e-02, 3.23597999e-06, 7.50749432e01, 4.99519173e01),
    "Eckerle4": (1.54814794e-02, 4.74689519e-02, 4.68428522e-02),
}
FITS = [(name, start) for name in HESSIAN_DEVIATIONS for start in (1, 2)]


def run(*command, cwd, before=()):
    """Python in a process of its own, in another directory; `before` comes first on its path."""
    path = [*map(str, before), str(Path(centraldiff.__file__).resolve().parents[1])]
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def nist_output(tmp_path_factory):
    pytest.importorskip("scipy")
    done = run("-W", "error", EXAMPLES / "nist_fit.py", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def section(output, name, start):
    """The rows (numbers only) of one fit's table, and the line below it."""
    text = re.search(rf"^{name}, start {start}: .*?\n\n", output, re.MULTILINE | re.DOTALL)[0]
    lines = text.strip().splitlines()
    rows = [[float(word) for word in line.split()[1:]] for line in lines if re.match(r"b\d ", line)]
    return rows, lines[-1]


def test_every_example_is_tested():
    names = {
        "bratu.py",
        "nist_fit.py",
        "penalised_regression.py",
        "quadratic.py",
        "scipy_minimize.py",
    }
    assert {path.name for path in EXAMPLES.glob("*.py")} == names


def test_quadratic(tmp_path):
    done = run("-W", "error", EXAMPLES / "quadratic.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "gradient [5. 7.]\nHessian [[2.0, 3.0], [3.0, 4.0]]\n"


@pytest.mark.parametrize(("name", "start"), FITS)
def test_nist_digits(nist_output, name, start):
    # 11 digits are certified; that they are rounded there costs up to 0.7 of a digit in the error
    rows, last = section(nist_output, name, start)
    assert len(rows) == len(HESSIAN_DEVIATIONS[name])
    for ours, certified, digits, deviation, certified_deviation, deviation_digits, _ in rows:
        assert digits >= 10
        assert ours == pytest.approx(certified, rel=1e-9)
        assert deviation_digits >= 10
        assert deviation == pytest.approx(certified_deviation, rel=1e-8)
    assert float(last.split()[-1]) >= 10


@pytest.mark.parametrize(("name", "start"), FITS)
def test_nist_deviations_from_the_hessian(nist_output, name, start):
    rows, _ = section(nist_output, name, start)
    found = [row[-1] for row in rows]
    assert found == pytest.approx(HESSIAN_DEVIATIONS[name], rel=1e-7)


def test_nist_says_how_many_agree(nist_output):
    assert nist_output.splitlines()[-1].startswith("6 of 6 fits agree")


def test_nist_fails_where_digits_are_missing(tmp_path):
    pytest.importorskip("scipy")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import nist_fit;"
        "nist_fit.AT_LEAST['parameters'] = 11.5; sys.exit(nist_fit.main())"
    )
    done = run("-c", script, EXAMPLES, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("0 of 6 fits agree")


def test_scipy_minimize(tmp_path):
    pytest.importorskip("scipy")
    done = run("-W", "error", EXAMPLES / "scipy_minimize.py", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line[32:].split() for line in done.stdout.splitlines()[1:]]
    assert len(rows) == 5
    assert all(row[-1] == "True" and float(row[3]) < 1e-6 for row in rows)
    scipy_evaluations, ours = int(rows[0][1]), int(rows[1][1])
    assert ours <= 1.2 * scipy_evaluations


def test_bratu(tmp_path):
    pytest.importorskip("scipy")
    done = run("-W", "error", EXAMPLES / "bratu.py", 41, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1682 unknowns, 9923 entries: 6 colours" in done.stdout
    # 4 residuals, 3 Jacobians of 6 colours, and 2 to confirm the pattern
    assert "sparse Jacobian: 3 iterations, 42 evaluations" in done.stdout
    products = int(re.search(r"for (\d+) products", done.stdout)[1])
    assert f"operator, GMRES: 3 iterations, {4 + 3 + 2 * products} evaluations" in done.stdout
    found = [float(text) for text in re.findall(r"lambda +([\d.]+), published", done.stdout)]
    assert found == pytest.approx([6.80812442259] * 2, abs=2 / 42**2)


@pytest.mark.parametrize("side", ["1", "40"])
def test_bratu_needs_a_point_in_the_middle(tmp_path, side):
    pytest.importorskip("scipy")
    done = run(EXAMPLES / "bratu.py", side, cwd=tmp_path)
    assert done.returncode == 1
    assert "must be odd" in done.stderr


def test_penalised_regression(tmp_path):
    pytest.importorskip("scipy")
    done = run("-W", "error", EXAMPLES / "penalised_regression.py", 3000, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3000 parameters, 5998 terms in 3 colours" in done.stdout
    assert "14994 entries, 13 evaluations" in done.stdout
    assert "12 calls of a gradient" in done.stdout  # 5 colours, and 2 to confirm the pattern
    off, before = re.search(r"trend ([\d.]+), of the series ([\d.]+)", done.stdout).groups()
    assert float(off) < 0.1 < 3 < float(before)


def test_a_series_needs_a_bend(tmp_path):
    pytest.importorskip("scipy")
    done = run(EXAMPLES / "penalised_regression.py", 2, cwd=tmp_path)
    assert done.returncode == 1
    assert "must be 3 or more" in done.stderr


@pytest.mark.parametrize(
    "name", ["bratu.py", "nist_fit.py", "penalised_regression.py", "scipy_minimize.py"]
)
def test_without_scipy_there_is_a_clear_message(tmp_path, name):
    (tmp_path / "scipy").mkdir()
    module = tmp_path / "scipy" / "__init__.py"
    module.write_text("raise ImportError('not here')\n", encoding="utf-8")
    done = run(EXAMPLES / name, cwd=tmp_path, before=[tmp_path])
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} needs SciPy")
