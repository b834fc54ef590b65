"""Copies of the checkout."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def files():
    """Paths of the repository's files: all that git would not ignore, also without a clone."""
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", f"--git-dir={folder}", f"--work-tree={ROOT}"]
        subprocess.run([*git, "init", "--quiet"], check=True)
        listed = [*git, "-C", str(ROOT), "ls-files", "--others", "--exclude-standard", "-z"]
        return (
            subprocess.run(listed, check=True, capture_output=True).stdout.decode().split("\0")[:-1]
        )


class Checkout:
    """A copy of the repository's files, as a clone would have them."""

    def __init__(self, folder):
        self.folder = folder
        for name in files():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name, follow_symlinks=False)
        self.run("git", "init", "--quiet")
        self.commit("clone")

    def run(self, *command):
        environment = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        finished = subprocess.run(
            command, cwd=self.folder, env=environment, check=False, capture_output=True, text=True
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def commit(self, message):
        author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
        self.run("git", "add", "--all")
        self.run("git", *author, "commit", "--quiet", "--allow-empty", "--message", message)

    def stages(self):
        """The names of all stages."""
        return self.run("dvc", "stage", "list", "--name-only").split()
