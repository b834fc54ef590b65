"""Scores, participants' trials and overlap go in; accuracies, tests and intervals come out."""
