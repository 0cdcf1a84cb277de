"""The channel between the referee and a student's process: differentiable, and data only."""
