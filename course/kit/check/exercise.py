"""One exercise's check: tries a function, judges what came out, names the mistake, and never shows the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch

from course.kit import passed, syllabus
from course.kit.check.case import Behaviour, Case, name_of
from course.kit.check.conduct import Breach, Conduct, breaches, trace
from course.kit.check.diagnose import Evidence, diagnose
from course.kit.check.guard import Failure, not_callable
from course.kit.check.judge import NAMED, Finding, Truth, judge
from course.kit.check.observe import Observation, observe
from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED, Result
from course.kit.misconception import Misconception

_UNTRACED = "untraced"
"""Kind of a finding for a call that gave a right result and failed when its operators were recorded."""

_HOPELESS = {"not implemented", "too slow", "too much output", "exited", "none", "type"}
"""Faults after which trying further cases tells nothing new, or costs the student another time limit."""


@dataclass(frozen=True, eq=False)
class _Fault:
    """What is wrong with one behaviour."""

    behaviour: Behaviour
    finding: Finding | None = None
    breach: Breach | None = None


@dataclass(frozen=True, eq=False)
class Exercise:
    """The check of one exercise; call it with the student's function.

    `truth(case, dtype)` gives the right result from high-precision arithmetic. `hints` has three hints under the
    name of a mistake, the label of a case or the name of a behaviour, of which the first that is there counts, and
    under "" those for the exercise as a whole.
    """

    name: str
    behaviours: tuple[Behaviour, ...]
    truth: Callable[[Case, torch.dtype], Truth]
    misconceptions: Sequence[Misconception]
    hints: Mapping[str, tuple[str, str, str]]
    conduct: Conduct = field(default_factory=Conduct)

    symptom: Callable[[torch.Tensor, Case], str] = lambda value, case: ""
    """What is striking about a wrong result that no misconception explains, as a sentence, or an empty string: `value`
    is the result as float64, of the right shape."""

    def __call__(self, function: Callable, behaviour: str | None = None, **inputs: Any) -> Result:
        """Check `function`: all behaviours, or the one named; on the course's cases, or on `inputs`.

        `inputs` are arguments of the exercise by name (`logits=torch.tensor(...)`, `dim=0`), for an instructor's own
        cases: tensors are cast to each of the exercise's dtypes in turn that can hold them, so give them in float64.

        Raises:
            ValueError: for an unknown behaviour or argument name; these are mistakes of whoever wrote the cell.
        """
        behaviours = self._chosen(behaviour, inputs)
        complaint = not_callable(function)
        if complaint is not None:
            missing = function is None or function is ...
            return self._result(behaviour, NOT_ATTEMPTED if missing else INCORRECT, complaint)
        faults: list[_Fault] = []
        for each in behaviours:
            fault = self._try(function, each)
            if fault is not None:
                faults.append(fault)
                if fault.finding is not None and fault.finding.kind in _HOPELESS:
                    break
        if not faults:
            result = self._praise(behaviour, behaviours)
        else:
            result = self._explain(function, behaviour, behaviours, faults)
        if not inputs:
            passed.note(syllabus.unit_of_exercise(self), self.name, result.passed)
        return replace(result, hidden=bool(inputs))

    @cached_property
    def _by_name(self) -> dict[str, Behaviour]:
        return {each.name: each for each in self.behaviours}

    @cached_property
    def _truths(self) -> dict[tuple[Case, torch.dtype], Truth]:
        return {}

    def _true(self, case: Case, dtype: torch.dtype) -> Truth:
        key = (case, dtype)
        if key not in self._truths:
            self._truths[key] = self.truth(case, dtype)
        return self._truths[key]

    def _chosen(self, behaviour: str | None, inputs: Mapping[str, Any]) -> tuple[Behaviour, ...]:
        if behaviour is None:
            if inputs:
                raise ValueError(f"inputs of your own go with one behaviour; name one of {', '.join(self._by_name)}")
            return self.behaviours
        if behaviour not in self._by_name:
            raise ValueError(f"{self.name} has no behaviour {behaviour!r}; it has {', '.join(self._by_name)}")
        chosen = self._by_name[behaviour]
        return (replace(chosen, cases=(self._own_case(chosen, inputs),)),) if inputs else (chosen,)

    def _own_case(self, behaviour: Behaviour, inputs: Mapping[str, Any]) -> Case:
        names = list(behaviour.cases[0].tensors)
        tensors = {name: inputs[name] for name in names if isinstance(inputs.get(name), torch.Tensor)}
        if len(tensors) < len(names):
            missing = [name for name in names if name not in tensors]
            raise ValueError(f"{self.name} wants a tensor for {', '.join(missing)}")
        keywords = {name: value for name, value in inputs.items() if name not in tensors}
        known = {dtype for each in self.behaviours for case in each.cases for dtype in case.dtypes}
        fits = tuple(d for d in Case("", {}).dtypes if d in known and all(_fits(t, d) for t in tensors.values()))
        model = self.behaviours[0].cases[0]
        if not names:  # nothing that could say which dtypes hold it
            fits = model.dtypes
        return replace(
            model, label="a case that is not shown", tensors=tensors, keywords=keywords, dtypes=fits, hidden=True
        )

    def _try(self, function: Callable, behaviour: Behaviour) -> _Fault | None:
        """The first fault in a behaviour; a finding before a breach, since a breach of a wrong answer is no news."""
        aspects = behaviour.aspects
        for case in behaviour.cases:
            for dtype in case.dtypes:
                for device in _devices(aspects) if case.tensors else ("cpu",):
                    seen = observe(function, case, dtype, gradient="gradient" in aspects, device=device)
                    finding = judge(seen, self._true(case, dtype), aspects) or _elsewhere(seen, device, aspects)
                    if finding is not None:
                        return _Fault(behaviour, finding)
        if "conduct" in aspects:
            for case in behaviour.cases:
                for dtype in case.dtypes:
                    tensors = case.arguments(dtype)
                    operators, failure = trace(function, *tensors.values(), **case.called_with(dtype))
                    elements = max((t.numel() for t in tensors.values()), default=self._true(case, dtype).value.numel())
                    found = breaches(operators, self.conduct, dtype, elements)
                    if found:
                        return _Fault(behaviour, None, found[0])
                    if failure is not None:  # the operators after that are not known, so nothing speaks for them
                        return _Fault(behaviour, _untraced(failure, case, dtype))
        return self._probed(function, behaviour)

    @staticmethod
    def _probed(function: Callable, behaviour: Behaviour) -> _Fault | None:
        for case in behaviour.cases if behaviour.probe is not None else ():
            for dtype in case.dtypes:
                found = behaviour.probe(function, case, dtype)
                if found is not None:
                    return _Fault(behaviour, None, found)
        return None

    def _evidence(self, function: Callable, behaviours: Sequence[Behaviour]) -> list[Evidence]:
        """What the function does on everything that can tell misconceptions apart."""
        evidence = []
        for behaviour in behaviours:
            aspects = behaviour.aspects & {"value", "gradient"}
            for case in behaviour.cases if aspects else ():
                for dtype in case.dtypes:
                    seen = observe(function, case, dtype, gradient="gradient" in aspects)
                    if seen.failure is not None and seen.failure.kind in _HOPELESS:
                        return []
                    truth = self._true(case, dtype)
                    evidence.append(Evidence(seen, truth, judge(seen, truth, aspects) is None))
        return evidence

    def _explain(
        self, function: Callable, asked: str | None, behaviours: Sequence[Behaviour], faults: Sequence[_Fault]
    ) -> Result:
        fault = faults[0]
        if fault.finding is not None and fault.finding.kind == "not implemented":
            return self._result(asked, NOT_ATTEMPTED, "There is no answer here yet.")
        failed = tuple(f.behaviour.name for f in faults)
        stopped = fault.finding is not None and fault.finding.kind in _HOPELESS
        passed = () if stopped else tuple(b.name for b in behaviours if b.name not in failed)
        message, name, title = self._diagnosis(function, behaviours, fault)
        return self._result(
            asked,
            INCORRECT,
            message,
            misconception=name,
            title=title,
            details=fault.finding.details if fault.finding is not None else (),
            passed=passed,
            failed=failed,
            hints=self._hints_for(name, fault),
        )

    def _hints_for(self, mistake: str | None, fault: _Fault) -> tuple[str, str, str]:
        case = None if fault.finding is None else fault.finding.observation.case.label
        return next(self.hints[key] for key in (mistake, case, fault.behaviour.name, "") if key in self.hints)

    def _diagnosis(
        self, function: Callable, behaviours: Sequence[Behaviour], fault: _Fault
    ) -> tuple[str, str | None, str]:
        """(Message, name of the mistake or None, its title)."""
        if fault.breach is not None:
            return fault.breach.text, fault.breach.name, fault.breach.title
        finding = fault.finding
        if finding.kind not in _HOPELESS | {"modified", "dtype", _UNTRACED}:
            everything = [*self.behaviours, *(b for b in behaviours if b not in self.behaviours)]
            known = diagnose(self._evidence(function, everything), self.misconceptions, finding.observation)
            if known is not None:
                return f"{finding.text} {known.explanation}", known.name, known.title
        name, title = NAMED.get(finding.kind, (None, ""))
        wanted = "" if finding.kind in _HOPELESS else f" A right answer {fault.behaviour.means}."
        seen = finding.observation
        symptom = self.symptom(seen.value, seen.case) if finding.kind == "value" else ""
        return f"{finding.text}{symptom and ' '}{symptom}{wanted}", name, title

    def _praise(self, asked: str | None, behaviours: Sequence[Behaviour]) -> Result:
        if asked is not None:
            return self._result(asked, CORRECT, f"It {behaviours[0].means}.", passed=(asked,))
        names = ", ".join(self._by_name)
        return self._result(None, CORRECT, f"All of it: {names}.", passed=tuple(self._by_name))

    def _result(self, behaviour: str | None, outcome: str, message: str, **more: Any) -> Result:
        more.setdefault("hints", self.hints[""])
        return Result(self.name, behaviour, outcome, message, **more)


def _untraced(failure: Failure, case: Case, dtype: torch.dtype) -> Finding:
    text = (
        f"For {case.label}, in {name_of(dtype)}, the check calls it once more to record which operators it runs, and "
        f"that call fails. {failure.text}"
    )
    details = () if case.hidden else (("input", case.describe(dtype)),)
    return Finding(_UNTRACED, text, Observation(case, dtype, None, None, None, failure), details)


def _fits(tensor: torch.Tensor, dtype: torch.dtype) -> bool:
    """Whether casting leaves every finite number of a tensor finite and, where it was not 0, not 0."""
    if not tensor.is_floating_point():
        return True
    cast = tensor.to(dtype)
    return bool(((tensor.isfinite() == cast.isfinite()) & ((tensor == 0) == (cast == 0))).all())


def _devices(aspects: frozenset[str]) -> tuple[str, ...]:
    return ("cpu", "cuda") if "form" in aspects and torch.cuda.is_available() else ("cpu",)


def _elsewhere(seen: Any, device: str, aspects: frozenset[str]) -> Finding | None:
    """A finding where the result is not on the input's device."""
    if "form" not in aspects or not isinstance(seen.returned, torch.Tensor) or seen.returned.device.type == device:
        return None
    text = f"Its input is on {device}, its result on {seen.returned.device.type}. Make new tensors with `device=`."
    return Finding("device", f"{text} It was given a tensor in {name_of(seen.dtype)}.", seen)
