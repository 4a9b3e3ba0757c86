"""What only cats and dogs can find wrong with a spec. Each check returns a problem, or None."""

from __future__ import annotations

from core.errors import InvalidSetting, SourceUnavailable
from core.scenarios.picture_networks import base_names_of, classes_of, network_of
from core.sources import photo_sets
from core.sources.backbones import HUB
from core.sources.own_sets import FORM
from core.spec import RunSpec
from core.words import say

BUILTIN, FULL = "builtin", "builtin:cats_vs_dogs"


def picture_problems(spec: RunSpec) -> list[InvalidSetting]:
    """Data, classes, size, transferred blocks, batch norm and augmentation that do not go together."""
    checks = (_data_problem, _classes_problem, _size_problem, _transfer_problem, _norm_problem, _hub_problem)
    return [problem for check in checks if (problem := check(spec))]


def _data_problem(spec: RunSpec) -> InvalidSetting | None:
    if spec.data in {BUILTIN, FULL} or FORM.fullmatch(spec.data):
        return None
    mend = say(
        "Leave it at {builtin}, or give {full} or sha256: and the 64 digits that python -m core bring has told.",
        builtin=BUILTIN,
        full=FULL,
    )
    return InvalidSetting("data", say("There are no such pictures (data)."), spec.data, mend)


def known_classes(data: str) -> int | None:
    """How many classes of their own these data have: none of cats and dogs, and None where that is not known here."""
    if not FORM.fullmatch(data):
        return 0
    try:
        return len(photo_sets.classes(data))
    except SourceUnavailable:
        return None


def _classes_problem(spec: RunSpec) -> InvalidSetting | None:
    known = known_classes(spec.data)
    if known is None or known == classes_of(spec):
        return None
    if known:
        what = say("These pictures have {n} classes of their own (classes).", n=known)
    else:
        what = say("These pictures are cats and dogs, which one unit tells apart (classes).")
    mend = say("Set it to {n}, or leave it out.", n=known)
    return InvalidSetting("classes", what, spec.options.get("classes"), mend)


def _size_problem(spec: RunSpec) -> InvalidSetting | None:
    network = network_of(spec)
    if spec.options["size"] in network.sizes:
        return None
    sizes = ", ".join(map(str, network.sizes))
    what = say("{network} reads pictures of {sizes} points (size).", network=say(network.title), sizes=sizes)
    return InvalidSetting("size", what, spec.options["size"], say("Choose one of these, or another backbone."))


def _transfer_problem(spec: RunSpec) -> InvalidSetting | None:
    most = len(base_names_of(spec))
    if int(spec.options["transferred"]) <= most:
        return None
    network = say(network_of(spec).title)
    what = say("{network} has {most} blocks to transfer (transferred).", network=network, most=most)
    return InvalidSetting("transferred", what, spec.options["transferred"], say("Choose 0 to {most}.", most=most))


def _norm_problem(spec: RunSpec) -> InvalidSetting | None:
    names = base_names_of(spec)
    fresh = names if spec.start == "random" else names[int(spec.options["transferred"]) :]
    learning = set(fresh) - set(spec.frozen)
    if spec.parent or spec.options["batch_norm"] == "training" or not learning:
        return None
    what = say("From scratch, batch norm has no averages to keep (batch_norm).")
    return InvalidSetting("batch_norm", what, "inference", say("Set it to training."))


def _hub_problem(spec: RunSpec) -> InvalidSetting | None:
    if network_of(spec).id != HUB or spec.options["augment"] == "none":
        return None
    what = say("TF Hub's module reads each picture once, so none is augmented (augment).")
    mend = say("Set it to none, or choose another backbone.")
    return InvalidSetting("augment", what, spec.options["augment"], mend)
