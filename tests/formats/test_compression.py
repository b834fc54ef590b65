import zlib

from components.formats.compression import zlib_bytes


def test_the_compressed_bytes_hold_the_text():
    text = "α increased β, not γ."
    assert zlib_bytes(text) == len(zlib.compress(text.encode("utf-8")))
