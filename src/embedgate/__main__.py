"""`python -m embedgate`."""

from __future__ import annotations

import sys

from embedgate.cli import main

sys.exit(main())
