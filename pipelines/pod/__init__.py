"""The program of a container: one stage of a study in the store -> its outputs and lock entry."""
