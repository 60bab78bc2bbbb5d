"""`python -m coursekit`, where scripts are not on the path."""

from coursekit.cli import main

raise SystemExit(main())
