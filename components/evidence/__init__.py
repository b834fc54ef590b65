"""Cases, scores and token readings go in; each word's preference for the original comes out."""
