"""The ledger of claims: what public articles say about exponentials, and what code finds when it looks.

from course import claims
claims.get("X8")                   # measures, and shows the verdict with its evidence
claims.get("X8").measure(x=1e-3)   # the same claim with another number in it
"""

from course.kit.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "FALSE": (".ledger", "FALSE"),
        "HOLDS": (".ledger", "HOLDS"),
        "ONLY_IF": (".ledger", "ONLY_IF"),
        "UNCHECKABLE": (".ledger", "UNCHECKABLE"),
        "VERDICTS": (".ledger", "VERDICTS"),
        "Claim": (".ledger", "Claim"),
        "Evidence": (".ledger", "Evidence"),
        "get": (".catalogue", "get"),
        "all_claims": (".catalogue", "all_claims"),
        "table": (".markdown", "table"),
    },
)
