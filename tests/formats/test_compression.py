import random
import zlib

from components.formats.compression import zlib_bytes


def test_the_compressed_bytes_hold_the_text():
    text = "α increased β, not γ."
    compressed = zlib.compress(text.encode("utf-8"))
    assert zlib.decompress(compressed).decode("utf-8") == text
    assert zlib_bytes(text) == len(compressed)


def test_a_text_that_repeats_itself_says_less_than_one_that_does_not():
    words = "alpha beta gamma delta".split()  # noqa: SIM905
    draw = random.Random(1)
    varied = " ".join(draw.choice(words) for _ in range(200))
    assert zlib_bytes("alpha beta " * (len(varied) // 11)) < zlib_bytes(varied) < len(varied)
