"""An architecture's sizes and a random seed go in; random weights come out."""
