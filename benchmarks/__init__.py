"""Programs that measure: what is learnt, and how fast."""
