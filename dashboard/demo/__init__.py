"""`python3 -m dashboard.demo` (what `make demo` calls): from a fresh checkout to the dashboard.

It runs before anything is installed, so this package uses the standard library alone.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (an older Python is just what this is about)
    sys.exit(
        "SENet Lab needs Python 3.11 or newer and this is {}.{}; install a newer one and name it, "
        "for instance: make demo PYTHON=python3.12".format(*sys.version_info)
    )
