"""Small inputs."""

from tests.models import corpus, tokenizer
