"""The service, for which time passes when somebody says so: nobody waits until a lease is over.

    python -m tests.machine.hurried serve …

Its processes begin with this module, so it imports nothing for them: who takes too long to begin is begun anew.
"""

if __name__ == "__main__":
    from entrypoints import cli, serving

    vars(serving)["APP"] = "tests.machine.hurried_app:app"
    cli.main()
