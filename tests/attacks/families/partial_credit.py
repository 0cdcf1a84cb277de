"""Forging partial credit: the number that a test ends with, or what stands in for it."""

from tests.attacks.attack import Attack, code

FAMILY = "forging the verdict"

ATTACKS = [
    Attack(
        name="display-hook-gives-points",
        tries="Replaces the text of a number that a cell displays, which is its partial credit.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                hook = type(get_ipython().displayhook)
                honest_format = hook.compute_format_data


                def generous_format(self, result):
                    if isinstance(result, float):
                        return {"text/plain": "2.0"}, {}
                    return honest_format(self, result)


                hook.compute_format_data = generous_format
                """),
            ),
        ),
    ),
    Attack(
        name="forged-points",
        tries="Publishes an execution result with full points under the name of the cell that calls it.",
        stopped_by=("referee",),
        cells={
            "halve": code("""
            def halve(x):
                kernel = get_ipython().kernel
                content = {"data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}
                kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent("shell"))
                return 0.0
            """)
        },
    ),
    Attack(
        name="nan-partial-credit",
        tries="Returns nan, so that the points that a test computes are nan.",
        stopped_by=("referee",),
        cells={"halve": "def halve(x):\n    return float('nan')"},
    ),
    Attack(
        name="array-partial-credit",
        tries="Returns an array, so that the points that a test computes are no number, which counts as all of them.",
        stopped_by=("referee",),
        cells={"halve": "def halve(x):\n    return np.array([x / 2 + 1.9])"},
        honest=0.2,
    ),
    Attack(
        name="tensor-partial-credit",
        tries="Returns a tensor that is nan, so that the points that a test computes are no number.",
        stopped_by=("referee",),
        cells={"halve": "def halve(x):\n    return torch.tensor(float('nan'))"},
    ),
]
