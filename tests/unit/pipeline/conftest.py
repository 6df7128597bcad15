"""The stages are scripts: their directory goes on the path, as `python pipeline/train.py` puts it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "pipeline"))
