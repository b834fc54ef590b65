"""The compiled study in containers on this machine."""
