"""What every stage runs on: command line, errors, progress, atomic writing, containers, network."""
