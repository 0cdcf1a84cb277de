"""What was handed in: read without trusting any of it, and grafted into the instructor's notebook."""
