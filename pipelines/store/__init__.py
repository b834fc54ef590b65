"""The store: every artifact once, by its content, in S3, laid out as a DVC remote.

Every function that sends requests raises InputError when the server cannot be reached or refuses,
with a line that says what to do; docstrings name the other errors.
"""
