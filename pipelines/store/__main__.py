"""Commands of the store: results by their content, in an S3 bucket, for laptops and pods."""

from components.runtime.command_line import run
from pipelines.store.adopt import adopt
from pipelines.store.collect import collect
from pipelines.store.commands import check, studies, verify
from pipelines.store.push import push
from pipelines.store.serve import serve

if __name__ == "__main__":
    run(
        {
            "check": check,
            "serve": serve,
            "push": push,
            "studies": studies,
            "adopt": adopt,
            "verify": verify,
            "collect": collect,
        }
    )
