"""The store: every artifact once, by its content, in S3, laid out as a DVC remote."""
