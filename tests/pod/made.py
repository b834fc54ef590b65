"""Results of stages as a cache holds them, with the lock entries that name them."""

import hashlib
import json

from pipelines.dvc.lock_entries import place_in
from pipelines.store.contents import Contents


class Made:
    """A cache that is filled output by output.

    Args:
        cache: Folder of the cache.
    """

    def __init__(self, cache):
        self.cache = cache
        self.contents = Contents(None, cache)
        self.entry = {"cmd": "python -m components.stage", "outs": []}

    def file(self, path, content):
        """Adds an output that is a file."""
        self._add(path, self._keep(content), len(content))

    def folder(self, path, files):
        """Adds an output that is a folder, with its files' contents by name."""
        listed = [{"md5": self._keep(text), "relpath": name} for name, text in files.items()]
        manifest = self._keep(json.dumps(listed).encode(), ending=".dir")
        self._add(path, manifest, sum(map(len, files.values())))

    def _keep(self, content, ending=""):
        identifier = hashlib.md5(content).hexdigest() + ending
        place = place_in(self.cache, identifier)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return identifier

    def _add(self, path, identifier, size):
        self.entry["outs"].append({"path": path, "md5": identifier, "size": size})
