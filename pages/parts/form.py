"""The settings of the next run: kept in session state, one key a field, filled from an address or a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core import scenarios
from core.errors import InvalidSettings
from core.scenarios import Layer, Preset, Scenario, Source
from core.spec import COMMON_FIELDS, RunSpec, Value, written
from core.words import say

LEADING = ("start", "source", "data")
"""Common fields that other fields' defaults hang on."""
FIELDS = tuple(f for f in COMMON_FIELDS if f not in {"v", "scenario", "frozen"})


class Form:
    """One scenario's settings. Each task of a scenario keeps its own, so that going back and forth loses nothing."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    @property
    def variant(self) -> dict[str, Any]:
        """The task in hand, where the scenario has tasks."""
        task = next((o for o in self.scenario.options if o.name == "task"), None)
        return {"task": st.session_state.get(f"{self.scenario.name}.task", task.default)} if task else {}

    def key(self, field: str) -> str:
        parts = [self.scenario.name, field] if field == "task" else [self.scenario.name, *self.variant.values(), field]
        return ".".join(parts)

    def get(self, field: str) -> Any:
        return st.session_state.get(self.key(field))

    def put(self, field: str, value: Any) -> None:
        st.session_state[self.key(field)] = value

    def begin(self) -> None:
        """Give every field that has no value yet the scenario's default. Before any widget is drawn."""
        if self.get("epochs") is None:
            self.fill(scenarios.parse({"scenario": self.scenario.name, **self.variant}))

    def fill(self, spec: RunSpec) -> None:
        """Set every field. Before any widget is drawn."""
        for name, value in spec.options.items():
            if name == "task":
                st.session_state[f"{self.scenario.name}.task"] = value
        for name, value in {**{f: getattr(spec, f) for f in FIELDS}, **spec.options}.items():
            self.put(name, value)
        for layer in self.scenario.layers(spec):
            self.put(f"trainable.{layer.name}", layer.name not in spec.frozen)
        for name in self.leading:
            self.put(f"{name}.was", spec.flat().get(name))

    @property
    def leading(self) -> tuple[str, ...]:
        """All fields that other fields' defaults hang on."""
        return (*LEADING, *(option.name for option in self.scenario.options if option.leads))

    def values(self) -> dict[str, Any]:
        """All fields as they stand, unchecked."""
        names = [*FIELDS, *(o.name for o in self.scenario.options)]
        values = {n: self.get(n) for n in names if self.get(n) is not None}
        if self._rows_are_the_examples(values):
            values.pop("examples", None)
        return {"scenario": self.scenario.name, **values, "frozen": self.frozen()}

    @property
    def source(self) -> Source | None:
        """What knowledge is chosen to come from."""
        return next((s for s in self.scenario.sources(self.options()) if s.id == self.get("source")), None)

    def options(self) -> dict[str, Value]:
        """The scenario's own settings as they stand."""
        found = {o.name: self.get(o.name) for o in self.scenario.options}
        return {o.name: o.default if found[o.name] is None else found[o.name] for o in self.scenario.options}

    def layers(self) -> tuple[Layer, ...]:
        """The next run's layers, whatever else may be wrong with it."""
        spec, _ = self._lenient({"scenario": self.scenario.name, **self._data(), **self._choices()})
        return self.scenario.layers(spec.changed(source=self.get("source") or spec.source))

    def _data(self) -> dict[str, Any]:
        """The data in hand, where the network hangs on them."""
        return {"data": self.get("data") or "builtin"} if any(o.follows for o in self.scenario.options) else {}

    def _choices(self) -> dict[str, Any]:
        chosen = {o.name: self.get(o.name) for o in self.scenario.options if o.choices}
        return {name: value for name, value in chosen.items() if value is not None}

    def frozen(self) -> tuple[str, ...]:
        return self._switched_off(self.layers())

    def _switched_off(self, layers: Sequence[Layer]) -> tuple[str, ...]:
        return tuple(la.name for la in layers if la.fixed or self.get(f"trainable.{la.name}") is False)

    def adapt(self, field: str) -> None:
        """After a change of a field that defaults hang on: what stood at its old default takes the new one, and what no
        longer goes with the rest does too. As a widget's callback."""
        values, here = self.values(), {"scenario": self.scenario.name, **self.variant}
        was = {field: self.get(f"{field}.was")}
        leading = {name: values[name] for name in self.leading if name in values}
        plain, old = (self._lenient({**here, **given, **was})[0] for given in ({}, leading))
        values["frozen"] = self._switched_off(self.scenario.layers(old))
        stood = {**old.flat(), **{name: plain.flat().get(name) for name in self.leading}}
        kept = {k: v for k, v in values.items() if _written_list(v) != stood.get(k)}
        wanted = {**here, field: self.get(field)}
        spec, _ = self._lenient({**kept, **wanted})
        if spec.flat().get(field) != wanted[field]:  # it does not go with other choices: those give way to the last
            spec, _ = self._lenient({**{k: v for k, v in kept.items() if k not in self.leading}, **wanted})
        self.fill(spec)

    def follow(self, preset: Preset) -> None:
        """Take a preset's settings, on the data in hand. As a widget's callback."""
        self._fill_from({"scenario": self.scenario.name, **self.variant, "data": self.get("data"), **preset.values})
        self.put("two_phases", preset.two_phases)

    def put_back_table(self) -> None:
        """Leave the learner's own table for the built-in data; the table's editor begins anew."""
        self.put("data", "builtin")
        self.put("rows", None)
        self.put("revision", (self.get("revision") or 0) + 1)

    def spec(self) -> RunSpec:
        """The next run.

        Raises:
            InvalidSettings: when the fields do not make one.
        """
        return scenarios.parse(self.values())

    def differences(self, spec: RunSpec) -> dict[str, str]:
        """What an address must hold to say this spec: the task, and all that is not its default."""
        leading = {**spec.options, "data": spec.data, **({"source": spec.source} if spec.source else {})}
        plain = scenarios.parse({"scenario": self.scenario.name, **self.variant}).flat()
        default = scenarios.parse({"scenario": self.scenario.name, **leading}).flat()
        changed = {k: v for k, v in spec.flat().items() if v != (plain if k in leading else default)[k]}
        return {k: written(v) for k, v in {**self.variant, **changed}.items()}

    def read(self, given: Mapping[str, str]) -> list[str]:
        """Fill the form from an address; what is wrong in it is left at its default and said.

        Returns:
            One sentence for each problem.
        """
        return self._fill_from({"scenario": self.scenario.name, **given})

    def wrong_in(self, given: Mapping[str, str]) -> list[str]:
        """What `read` would say of an address, without filling anything."""
        return self._lenient({"scenario": self.scenario.name, **given})[1]

    def _fill_from(self, values: Mapping[str, Any]) -> list[str]:
        spec, problems = self._lenient(values)
        self.fill(spec)
        return problems

    def _lenient(self, values: Mapping[str, Any]) -> tuple[RunSpec, list[str]]:
        """The nearest spec to these values, and one sentence for each that was wrong and is left at its default."""
        values, problems = dict(values), dict[str, str]()
        while True:
            try:
                return scenarios.parse(values), list(problems.values())
            except InvalidSettings as error:
                problems |= {p.field: say("{problem} The default is used instead.", problem=p) for p in error.problems}
                wrong = {p.field for p in error.problems} - {"scenario"}
                if not wrong & set(values):  # the default does not go with the rest: keep the scenario's alone
                    values = {"scenario": self.scenario.name}
                values = {k: v for k, v in values.items() if k not in wrong}

    def _rows_are_the_examples(self, values: Mapping[str, Any]) -> bool:
        return values.get("task") == "flowers"


def _written_list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
