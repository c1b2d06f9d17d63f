"""Run the command line: `python -m mockcliq`."""

from mockcliq.cli import main

if __name__ == "__main__":
    main()
