"""Whether the tree is ready to be released as that tag: ``check_release.py v1.2.3``"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "SECURITY.md", "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]


def missing(tag: str) -> list[str]:
    """What is still to do."""
    package = (ROOT / "src/centraldiff/__init__.py").read_text(encoding="utf-8")
    version = re.search('^__version__ = "(.*)"', package, re.MULTILINE)[1]
    todo = [] if tag == f"v{version}" else [f"the tag is {tag}, __version__ is {version}"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", changes, re.MULTILINE):
        todo += [f"CHANGELOG.md has no heading '## {version} (YEAR-MONTH-DAY)'"]
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        if re.search("no release yet|not (yet )?released|is not released", text):
            todo += [f"{page} says that it is not released"]
    return todo


if __name__ == "__main__":
    todo = missing(sys.argv[1])
    print("\n".join(todo) or "ready")
    sys.exit(bool(todo))
