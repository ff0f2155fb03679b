"""What is in sdists and wheels, and how large they are: ``check_contents.py FILE...``"""

import re
import sys
import tarfile
import zipfile
from pathlib import Path

MOST_BYTES = 1_000_000
MOST_FREE_THREADED = 1_030_000  # where references are counted in more instructions
IN_SDIST = {"CHANGELOG.md", "LICENSE", "README.md", "setup.py", "tests/conftest.py"}
SOURCES = (".pyx", ".pxd", ".c", ".h", ".cpp")


def wrong_with(path: Path) -> list[str]:
    """What should be otherwise."""
    wrong = []
    most = MOST_FREE_THREADED if re.search(r"-cp\d+t-", path.name) else MOST_BYTES
    if path.stat().st_size >= most:
        wrong += [f"not fewer bytes than {most}"]
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            names = wheel.namelist()
        wrong += [f"{name} is source" for name in names if name.endswith(SOURCES)]
        wrong += [f"{name} is another library" for name in names if ".libs/" in name]
        if not any(name.endswith((".so", ".pyd")) for name in names):
            wrong += ["no extensions"]
    else:
        with tarfile.open(path) as sdist:
            names = [name.partition("/")[2] for name in sdist.getnames()]
        wrong += [f"no {name}" for name in sorted(IN_SDIST - set(names))]
        wrong += [f"{name} is built" for name in names if name.endswith((".c", ".so", ".pyc"))]
    return wrong


if __name__ == "__main__":
    failed = False
    for file in map(Path, sys.argv[1:]):
        wrong = wrong_with(file)
        failed |= bool(wrong)
        print(f"{file.name}: {file.stat().st_size} bytes,", "; ".join(wrong) or "as it should be")
    sys.exit(failed)
