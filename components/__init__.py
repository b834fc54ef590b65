"""Stages of the study: a folder is a stage, a module is a concept that two stages share."""
