"""Cases of a new benchmark: proposed by a model or by rules, checked, and reviewed by a person."""
