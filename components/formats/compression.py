"""Compression: how much a text says, to a compressor that has read nothing else."""

import zlib


def zlib_bytes(text: str) -> int:
    """Bytes of a text, in UTF-8, compressed by zlib at its default level.

    What a model finds likely though it compresses badly may be memorised (Carlini et al. 2021,
    arXiv 2012.07805, section 5.2: "zlib entropy").
    """
    return len(zlib.compress(text.encode()))
