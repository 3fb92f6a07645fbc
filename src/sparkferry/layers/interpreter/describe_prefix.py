"""A program that other interpreters run: it prints where the interpreter keeps what, as JSON.

Standard library only, in a syntax that every Python from 3.8 on reads.
"""

import json
import platform
import site
import sys
import sysconfig

VARIABLES = sysconfig.get_config_vars()

print(  # noqa: T201 - printing is what this program is for
    json.dumps(
        {
            "implementation": sys.implementation.name,
            "version": "{}.{}.{}".format(*sys.version_info[:3]),
            "release": sys.version_info[3] == "final",
            "threaded": bool(VARIABLES.get("Py_GIL_DISABLED")),
            "libc": platform.libc_ver()[0],
            "prefix": sys.base_prefix,
            "stdlib": sysconfig.get_path("stdlib"),
            "dynload": VARIABLES.get("DESTSHARED"),
            "include": sysconfig.get_path("include"),
            "sites": site.getsitepackages([sys.base_prefix]),
        }
    )
)
