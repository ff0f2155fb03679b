"""What keeps a release from going out is seen."""

import io
import runpy
import tarfile
import zipfile
from pathlib import Path

import centraldiff as cd

TOOLS = Path(__file__).parents[2] / "tools"


def test_contents_of_wheels(tmp_path):
    wrong_with = runpy.run_path(str(TOOLS / "check_contents.py"))["wrong_with"]
    good, bad = tmp_path / "good.whl", tmp_path / "bad.whl"
    with zipfile.ZipFile(good, "w") as wheel:
        wheel.writestr("centraldiff/_run.so", "")
    with zipfile.ZipFile(bad, "w") as wheel:
        wheel.writestr("centraldiff/_run.pyx", bytes(1_000_000))
        wheel.writestr("centraldiff.libs/libm.6", "")
    assert not wrong_with(good)
    said = " ".join(wrong_with(bad))
    for word in ("not fewer bytes", "_run.pyx is source", "libm.6 is another", "no extensions"):
        assert word in said


def test_contents_of_sdists(tmp_path):
    wrong_with = runpy.run_path(str(TOOLS / "check_contents.py"))["wrong_with"]
    path = tmp_path / "centraldiff.tar.gz"
    with tarfile.open(path, "w:gz") as sdist:
        sdist.addfile(tarfile.TarInfo("centraldiff-1/src/_run.c"), io.BytesIO())
    said = wrong_with(path)
    assert "no README.md" in said
    assert "src/_run.c is built" in said


def test_a_tag_that_is_not_the_version():
    missing = runpy.run_path(str(TOOLS / "check_release.py"))["missing"]
    assert f"the tag is v99, __version__ is {cd.__version__}" in missing("v99")
    assert not any("the tag" in said for said in missing(f"v{cd.__version__}"))
