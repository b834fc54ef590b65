"""A made-up field with known facts: its corpora, benchmark and participants."""

from components.dataset.demo.field import demo, demo_abstracts

__all__ = ["demo", "demo_abstracts"]
