"""A worker process: JSON lines in, JSON lines out, one run or one question at a time. Started by the process engine.

It keeps its real standard output for the protocol and points everyone else's at standard error before TensorFlow loads.
It ends when its standard input closes, so none outlives the program that started it, even one that was killed.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
import threading
import traceback
from functools import partial
from pathlib import Path
from typing import IO, Any

from core.runs.child import claim_stdout, make_way
from core.words import ENGLISH, speaking

NICENESS = {"train": 4, "answer": 2}
"""Below the web server, so that a click is answered while all cores train; answers, which somebody awaits, between."""


def main() -> None:
    pipe = claim_stdout()
    make_way(NICENESS["answer" if "--answers" in sys.argv else "train"])
    orders: queue.Queue[dict[str, Any]] = queue.Queue()
    worker = Worker(pipe)
    threading.Thread(target=_listen, args=(worker, orders), daemon=True).start()
    worker.warm()
    while True:
        worker.obey(orders.get())


def _listen(worker: Worker, orders: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        order = json.loads(line)
        if not worker.steer(order):
            orders.put(order)
    os._exit(0)


def use_few_threads() -> None:
    """Make TensorFlow compute each operation with one thread, and two that do not wait for each other at once: the same
    bits, and an LSTM that reads both ways takes little more than half the time. Where it has computed already, it keeps
    the threads it has."""
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(2)
    except RuntimeError:
        logging.getLogger(__name__).info("TensorFlow was already at work; its threads stay as they are.")


class Worker:
    """Does what it is told and says what came of it."""

    def __init__(self, pipe: IO[str]) -> None:
        self._pipe, self._writing = pipe, threading.Lock()
        self._steering = threading.Lock()
        self._controls: dict[str, Any] = {}
        self._early: dict[str, list[dict[str, Any]]] = {}

    def say(self, message: dict[str, Any]) -> None:
        with self._writing:
            self._pipe.write(json.dumps(message) + "\n")
            self._pipe.flush()

    def warm(self) -> None:
        """Load TensorFlow and make its parts work once, so that the first run starts at once."""
        use_few_threads()
        _rehearse({"scenario": "iris", "task": "source", "epochs": 1})
        self.say({"event": "ready"})

    def steer(self, order: dict[str, Any]) -> bool:
        """Pass an order to the run it is for; False for one that has to wait its turn."""
        if order["do"] not in {"pause", "step", "resume", "stop", "set_pace"}:
            return False
        with self._steering:
            control = self._controls.get(order["run"])
            if control is None:
                self._early.setdefault(order["run"], []).append(order)
            else:
                _apply(control, order)
        return True

    def obey(self, order: dict[str, Any]) -> None:
        tag: dict[str, Any] = {k: order[k] for k in ("run", "question") if k in order}
        try:
            getattr(self, f"_do_{order['do']}")(order)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever happens is reported, and the worker lives on
            from core.errors import LabError

            known = isinstance(error, LabError)
            if not known:
                traceback.print_exc()
            self.say(
                {"event": "failed", "known": known, "reason": str(error) if known else type(error).__name__, **tag}
            )

    def _do_train(self, order: dict[str, Any]) -> None:
        from core.scenarios import parse
        from core.training.control import Control
        from core.training.train import train

        run = order["run"]
        control = Control(order["pace"], order["steps"])
        with self._steering:
            self._controls[run] = control
            for early in self._early.pop(run, []):
                _apply(control, early)
        try:
            with speaking(order.get("language", ENGLISH)):
                train(parse(order["spec"]), partial(self._tell, run), control, Path(order["folder"]))
        finally:
            with self._steering:
                del self._controls[run]

    def _tell(self, run: str, event: dict[str, Any]) -> None:
        self.say({**event, "run": run})

    def _do_ask(self, order: dict[str, Any]) -> None:
        from core.runs.answers import answer

        self.say({"event": "answer", "question": order["question"], "answer": answer(order["given"])})

    def _do_prepare(self, order: dict[str, Any]) -> None:
        from core import scenarios

        scenarios.get(order["scenario"]).prepare()
        _rehearse({"scenario": order["scenario"], "epochs": 1})
        self.say({"event": "prepared", "scenario": order["scenario"]})


def _rehearse(values: dict[str, Any]) -> None:
    """Train one epoch of a scenario's default for nobody: what TensorFlow and Keras do only once is done then."""
    from core.scenarios import parse
    from core.training.control import Control
    from core.training.train import train

    train(parse(values), lambda _: None, Control())


def _apply(control: Any, order: dict[str, Any]) -> None:
    arguments = [order["pace"]] if order["do"] == "set_pace" else []
    getattr(control, order["do"])(*arguments)


if __name__ == "__main__":
    main()
