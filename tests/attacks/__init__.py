"""Hostile submissions, graded by the real command; `python -m tests.attacks` shows what each defence is worth."""
