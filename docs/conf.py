"""How the documentation is built: `nox -s docs`. Nothing is fetched from the network."""

import centraldiff

project = "centraldiff"
author = "The centraldiff developers"
copyright = author
version = release = centraldiff.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
]
exclude_patterns = ["_templates"]
templates_path = ["_templates"]
nitpicky = True
# words of docstrings that are names of attributes too, or of modules that are not described here
nitpick_ignore = [("py:obj", name) for name in ("args", "fun", "math", "value")]

default_role = "autolink"  # `gradient` in a docstring becomes a link, `fun` stays a word
autodoc_typehints = "none"  # most say Any; the docstrings say what is meant
autosummary_generate = True
myst_heading_anchors = 3
highlight_language = "none"  # blocks without a language are no Python

numpydoc_show_class_members = False  # the template of classes names those that are public
numpydoc_validation_checks = {
    "all",
    "ES01",  # a summary may say it all
    "EX01",  # errors, results and methods are shown by those that make them
    "PR04",  # parameters that are as elsewhere have their types there
    "SA01",  # docstrings say "as for `gradient`" where it matters
}
# results are not made by users: what they hold is in their Attributes
numpydoc_validation_overrides = {"PR01": [r"\n *Attributes\n"]}

html_theme = "pydata_sphinx_theme"
html_title = "centraldiff"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
}
