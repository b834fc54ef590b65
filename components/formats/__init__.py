"""The file formats that stages hand on: one module a format, which reads and writes it."""
