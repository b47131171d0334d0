"""What several tests share: peers' outputs, slow references written from the formula, constructors of everything."""

from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"
