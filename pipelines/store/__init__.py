"""The store: every artifact once, by its content, in S3, laid out as a DVC remote.

Whatever asks its server raises InputError when it cannot be reached or refuses, with a line that
says what to do; docstrings name the other errors.
"""
