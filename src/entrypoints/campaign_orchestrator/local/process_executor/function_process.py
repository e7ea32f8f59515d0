"""Becomes AWS's runtime client for Python, in a process that ends when LocalStack does.

Run as a program, by the interpreter of the functions: ``function_process.py PARENT HANDLER``.
"""

import contextlib
import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, handler = int(sys.argv[1]), sys.argv[2]
    with contextlib.suppress(AttributeError, OSError):  # Linux only
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:  # else LocalStack has died before it could be asked for
        sys.path[0] = os.getcwd()  # as with python -m: the function's code, not this file's folder
        sys.argv = ["awslambdaric", handler]
        runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
