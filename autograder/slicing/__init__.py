"""Reads code without running it: which of the instructor's earlier statements a grade cell depends on."""
