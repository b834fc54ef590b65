"""An architecture's sizes or configuration and a random seed go in; random weights come out."""
