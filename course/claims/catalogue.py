"""All claims by id: importing this enters every source's functions into the ledger."""

from __future__ import annotations

from course.claims import (  # noqa: F401 - imported for what they enter
    explainer_digits,
    explainer_losses,
    explainer_ranges,
    guide_costs,
    guide_ranges,
    guide_uses,
    logsumexp_page,
    logsumexp_ranges,
    softmax_article,
    stabilisation_card,
)
from course.claims.ledger import Claim, registered


def all_claims() -> dict[str, Claim]:
    """Every claim, by id, in the order of the sources."""
    return registered()


def get(identity: str) -> Claim:
    """The claim with an id such as `"X8"`; showing it measures it.

    Raises:
        KeyError: when there is no such claim.
    """
    claims = registered()
    if identity not in claims:
        raise KeyError(f"there is no claim {identity!r}; the ids are {', '.join(claims)}")
    return claims[identity]
