"""An architecture's sizes and a seed go in, random weights come out."""
