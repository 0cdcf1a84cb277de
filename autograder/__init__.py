"""The grading package: what instructors need to release, grade and return assignments. Never imported by `course`."""
