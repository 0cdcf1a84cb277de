"""`python -m tests.attacks [--without DEFENCE]… [--only NAME]…`: which attacks succeed, with defences switched off."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.attacks.arena import fight
from tests.attacks.attack import DEFENCES
from tests.attacks.catalogue import ATTACKS
from tests.attacks.judge import merits


def main() -> None:
    """Grade the attackers once and print what each of them achieved."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--without", action="append", default=[], choices=DEFENCES, help="switch this defence off")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="an attack or a part of its name")
    parser.add_argument("--stopped", action="store_true", help="only attacks that just these defences stop")
    parser.add_argument("--stock", action="store_true", help="have nbgrader's own command grade, without any defence")
    parser.add_argument("--log", action="store_true", help="print what the grader prints")
    options = parser.parse_args()
    chosen = [one for one in ATTACKS if not options.only or any(part in one.name for part in options.only)]
    if options.stopped:
        chosen = [one for one in chosen if one.stopped_by and set(one.stopped_by) <= set(options.without)]
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        battle = fight(Path(folder), chosen, options.without, stock=options.stock)
    if options.log:
        print(battle.log)
    if battle.unfair:
        print(f"Not all honest students have full marks, so nothing below means anything: {battle.unfair}")
    won = 0
    for attack in chosen:
        achieved = merits(attack, battle)
        won += bool(achieved)
        expected = options.stock or (bool(attack.stopped_by) and set(attack.stopped_by) <= set(options.without))
        sign = {(True, True): "succeeds", (True, False): "SUCCEEDS", (False, True): "FAILS", (False, False): "fails"}
        print(f"{sign[bool(achieved), expected]:9} {attack.name:32} {'; '.join(achieved)}")
    off = ", ".join(options.without) or "nothing"
    print(f"{won} of {len(chosen)} attacks succeed without {off}; {battle.seconds:.0f} s")
    print(f"status {battle.status}; left: {battle.processes} {battle.files} {battle.temporary} {battle.strewn}")


if __name__ == "__main__":
    main()
