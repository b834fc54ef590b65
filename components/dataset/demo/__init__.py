"""A made-up field with known facts: its corpora, benchmark and participants."""

from components.dataset.demo.field import demo

__all__ = ["demo"]
