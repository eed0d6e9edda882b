"""Puts the shared library into the wheel, which then fits one platform and every Python."""

import os
import sys
import sysconfig
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "ADBC_DRIVER_ANAPLAN_LIBRARY"


class LibraryHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            return
        library = os.environ.get(VARIABLE)
        if not library or not Path(library).is_file():
            sys.exit(f"{VARIABLE} must name the built library: scripts/build-wheel does it")
        target = f"adbc_driver_anaplan/{Path(library).name}"
        build_data["force_include"][os.path.abspath(library)] = target
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
