"""One HTTP client for wheels, registries, mirrors and jars: what uv can reach, it can reach.

The rules are those of uv (docs/network.md): which proxy serves an address, which certificates are
trusted, where logins are found, how long an answer may take.
"""

import sys
from types import ModuleType

# httpx's command line, which is imported with it where rich and click are installed: 27 ms.
if "httpx" not in sys.modules:
    sys.modules.setdefault("httpx._main", ModuleType("httpx._main"))
    vars(sys.modules["httpx._main"]).setdefault("main", lambda: None)
