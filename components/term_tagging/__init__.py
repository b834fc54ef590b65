"""Two vocabularies and two corpora go in, each vocabulary's terms of the field come out."""
