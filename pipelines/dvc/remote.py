"""The remote of a checkout's DVC configuration."""

from pathlib import Path

from components.runtime.errors import InputError


def default_remote(root: Path) -> str:
    """The URL of a checkout's default DVC remote.

    Args:
        root: The checkout's folder.

    Raises:
        InputError: No default remote is configured, or DVC cannot read its configuration.
    """
    from dvc.config import Config, ConfigError

    file = root / ".dvc/config"
    try:
        config = Config(dvc_dir=str(root / ".dvc"))
        if name := config["core"].get("remote"):
            return str(config["remote"][name]["url"])
    except ConfigError as error:
        raise InputError(f"{file}: {' '.join(str(error).split())}") from None
    except KeyError as error:
        raise InputError(
            f"{file}: found no remote {error}, expected the one of core.remote"
        ) from None
    except TypeError:  # of a list, as DVC reads it
        raise InputError(
            f"{file}: found ',' in a remote's URL, expected s3://bucket/prefix"
        ) from None
    raise InputError(
        f"{file}: no default remote, expected one"
        " (dvc remote add --default store s3://bucket/prefix), or --store"
    )
