"""The student notebooks where students are: in an environment like Colab's, and where something is missing."""
