"""`python -m course.claims` prints the document; with ids, those claims measured here; `--readings`, new readings."""

from __future__ import annotations

import argparse
from pprint import pformat

from course.claims.catalogue import all_claims, get
from course.claims.markdown import table


def readings() -> str:
    """The text of a new `readings.py`, measured on this machine."""
    takes = {claim.id: claim.take for claim in all_claims().values() if claim.take}
    taken = {take: take() for take in dict.fromkeys(takes.values())}
    data = pformat({identity: taken[take] for identity, take in takes.items()}, sort_dicts=False, width=110)
    return (
        '"""What one machine read for claims that depend on it; `python -m course.claims --readings` wrote this.\n\n'
        'Times in seconds, bandwidths in bytes per second, float32 unless a dtype is named.\n"""\n\n'
        f"READINGS = {data}\n"
    )


def main() -> None:
    """The command line; everything goes to standard output."""
    parser = argparse.ArgumentParser(prog="python -m course.claims", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims to measure now, such as X8")
    parser.add_argument("--readings", action="store_true", help="measure this machine and print a new readings.py")
    asked = parser.parse_args()
    if asked.readings:
        print(readings(), end="")
    elif asked.ids:
        unknown = [identity for identity in asked.ids if identity not in all_claims()]
        if unknown:
            parser.error(f"no such claim: {', '.join(unknown)}")
        print("\n\n".join(str(get(identity)) for identity in asked.ids))
    else:
        print(table(), end="")


if __name__ == "__main__":
    main()
