"""Asks a database what is known to be wrong with the packages of the lock files: `make audit`.

Exit status: 0 where every package was looked up and nothing is known of any, 1 where something is, 3 where a package
could not be looked up. pip-audit alone calls what it could not look up free of faults, or ends in a traceback.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ("installer.lock", "requirements.lock", "requirements-dev.lock")
KNOWN, NOT_CHECKED = 1, 3


def audited(lock: str, more: list[str]) -> tuple[int, list[str], list[str], str]:
    """Return how many packages of a lock file were looked up, what is known of them, which were not, and why not."""
    asked = [sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / lock), "--disable-pip", "--require-hashes"]
    done = subprocess.run(
        [*asked, "--format", "json", "--progress-spinner", "off", *more], check=False, capture_output=True, text=True
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return 0, [], ["all"], (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]
    known = [f"{one['name']} {one['version']}: {vuln['id']}" for one in packages for vuln in one.get("vulns", ())]
    missing = [one for one in packages if "skip_reason" in one]
    why = missing[0]["skip_reason"] if missing else ""
    return len(packages) - len(missing), known, [one["name"] for one in missing], why


def main() -> int:
    """Say in one sentence for each lock file what came of it; `sys.argv` goes to pip-audit."""
    status = 0
    for lock in LOCKS:
        many, known, missing, why = audited(lock, sys.argv[1:])
        if known:
            print(f"{lock}: {', '.join(known)}.")
            status = KNOWN
        if not many:
            print(f"{lock}: no database of vulnerabilities could be reached, nothing was checked ({why}).")
        elif missing:
            print(f"{lock}: {many} packages were looked up, {', '.join(missing)} could not be ({why}).")
        elif not known:
            print(f"{lock}: {many} packages, no known vulnerability.")
        if missing:
            status = status or NOT_CHECKED
    return status


if __name__ == "__main__":
    sys.exit(main())
