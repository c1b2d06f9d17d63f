"""Print the files of the standard library that MockCliq loads, all its modules taken together."""

import importlib
import pkgutil
import sys
import sysconfig
from pathlib import Path

import mockcliq

NOT_SERVED = {"mockcliq.__main__", "mockcliq.pytest_plugin"}

for module in pkgutil.walk_packages(mockcliq.__path__, "mockcliq."):
    if module.name not in NOT_SERVED:
        importlib.import_module(module.name)

library = Path(sysconfig.get_path("stdlib"))
files = {Path(file) for each in list(sys.modules.values()) if (file := getattr(each, "__file__", None))}
for file in sorted(files):
    if file.suffix == ".py" and file.is_relative_to(library) and "site-packages" not in file.parts:
        print(file)  # noqa: T201 - its output
