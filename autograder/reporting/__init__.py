"""What grading found: as a table, as CSV, as a page for a teacher."""
