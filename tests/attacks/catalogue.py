"""All attacks, each with the family that it belongs to."""

from dataclasses import replace

from tests.attacks.attack import Attack
from tests.attacks.families import (
    display,
    exhausting,
    exhausting_tests,
    files,
    forging,
    hidden_inputs,
    hijacking,
    killing,
    leftovers,
    lying,
    metadata,
    partial_credit,
    patching,
    peeking,
    protocol,
    replies,
    spying,
)

_FAMILIES = (
    *(forging, partial_credit, metadata, patching, lying, peeking, spying, hidden_inputs, hijacking, leftovers),
    *(exhausting, killing, exhausting_tests, replies, protocol, display, files),
)

ATTACKS: tuple[Attack, ...] = tuple(
    replace(attack, family=module.FAMILY, held_by="" if attack.stopped_by else module.HOLDS)
    for module in _FAMILIES
    for attack in module.ATTACKS
)
