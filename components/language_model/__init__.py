"""Questions go to a language model behind an endpoint; its answers come back, each asked once."""
