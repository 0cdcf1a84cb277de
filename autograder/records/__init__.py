"""The one writer of results: first the folder autograded/, then the gradebook."""
