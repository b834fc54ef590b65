from components.runtime.command_line import run

if __name__ == "__main__":
    run("audit")
