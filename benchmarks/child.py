"""Runs one command and tells its seconds, its processor time and its peak memory.

A process of its own, and a small one: on Linux the peak memory of a new process begins with that
of the one it came from, so a large parent would be measured in its child's place.

Usage: ``python -I -S child.py RESULT-FILE COMMAND …``
"""

import json
import os
import subprocess
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    told = {
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "mib": usage.ru_maxrss * unit / 2**20,
        "code": process.returncode,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:  # noqa: PTH123 - imports cost memory
        json.dump(told, file)
