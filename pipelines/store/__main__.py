from components.runtime.command_line import run
from pipelines.store.adopt import adopt
from pipelines.store.collect import collect
from pipelines.store.commands import check, studies, verify
from pipelines.store.push import push
from pipelines.store.serve import serve

if __name__ == "__main__":
    commands = (check, serve, push, studies, adopt, verify, collect)
    run({command.__name__: command for command in commands})
