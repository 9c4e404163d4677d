"""Find uv in the pinned version, or put it into a private folder of the checkout.

The version is the one in ``requirements/uv.txt``, whose hashes pip checks. Another version on PATH is left alone
and not used: the lock files are compared byte by byte, and uv's output changes between versions. PILOTZONE_UV
names a uv of any version, for machines where neither is possible.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "uv.txt"
PRIVATE = ROOT / ".uv"

# What brings pip or venv back, by the ID or ID_LIKE of /etc/os-release.
PACKAGES = {
    "debian": "apt-get install python3-venv",
    "ubuntu": "apt-get install python3-venv",
    "fedora": "dnf install python3-pip",
    "rhel": "dnf install python3-pip",
    "suse": "zypper install python3-pip",
    "arch": "pacman -S python-pip",
    "alpine": "apk add py3-pip",
}


def pinned_version() -> str:
    """Return the version of uv that the lock names."""
    found = re.search(r"^uv==(\S+)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if found is None:
        sys.exit(f"{LOCK} names no version of uv.")
    return found[1]


def find_uv() -> str:
    """Return the path of a uv to use, installing the private one where needed."""
    if named := os.environ.get("PILOTZONE_UV"):
        return named
    version = pinned_version()
    on_path = shutil.which("uv")
    if on_path and _version_of(on_path) == version:
        return on_path
    private = PRIVATE / version / "bin" / "uv"
    if _version_of(str(private)) != version:
        _install(version)
    return str(private)


def _version_of(uv: str) -> str | None:
    try:
        said = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.match(r"uv (\S+)", said)
    return found[1] if found else None


def _install(version: str) -> None:
    """Install uv next to its final place and rename it, so that an interrupted run leaves nothing half-made."""
    print(f"environment: putting uv {version} into {PRIVATE.name}/", flush=True)
    final, partial = PRIVATE / version, PRIVATE / f"{version}.{os.getpid()}.partial"
    for left in (*PRIVATE.glob("*.partial"), final):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir(parents=True)
    if _can_make_venv(partial):
        pip = [str(partial / "bin" / "python"), "-m", "pip", "install"]
    elif _has_pip():
        pip = [sys.executable, "-m", "pip", "install", "--target", str(partial)]
    else:
        shutil.rmtree(partial)
        sys.exit(_nothing_to_install_with())
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    # As an option, older versions of pip would refuse it.
    settings = os.environ | {"PIP_ROOT_USER_ACTION": "ignore"}
    locked = ["--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)]
    done = subprocess.run([*pip, *quiet, *locked], env=settings, check=False)
    if done.returncode:
        shutil.rmtree(partial)
        sys.exit(
            f"pip could not install uv {version}; what it said stands above.\n"
            f"Either let pip reach a package index, or install uv {version} by other means and put it on PATH."
        )
    partial.rename(final)


def _can_make_venv(folder: Path) -> bool:
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, check=False)
    if made.returncode == 0:
        return True
    # Debian's Python has venv without ensurepip, and leaves half an environment behind.
    shutil.rmtree(folder)
    folder.mkdir()
    return False


def _has_pip() -> bool:
    return subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def _nothing_to_install_with() -> str:
    return (
        f"{sys.executable} has neither venv (with ensurepip) nor pip, so uv cannot be installed.\n"
        f"Install the missing package, for instance: {_package_command()}\n"
        f"or put uv {pinned_version()} on PATH by other means. Then run make again."
    )


def _package_command(os_release: Path = Path("/etc/os-release")) -> str:
    try:
        text = os_release.read_text(encoding="utf-8")
    except OSError:
        text = ""
    kinds = " ".join(re.findall(r"^ID(?:_LIKE)?=\"?([^\"\n]*)", text, flags=re.MULTILINE)).split()
    for kind in kinds:
        if kind in PACKAGES:
            return PACKAGES[kind]
    return "your distribution's python3-venv or python3-pip"
