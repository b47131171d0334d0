"""Fewer rows of a moment map: harmonics over angles and scales, means at lags, scores of self-similarity."""
