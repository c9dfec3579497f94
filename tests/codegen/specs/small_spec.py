"""A small spec with each kind of entry."""

from __future__ import annotations

from amitypes_codegen.specs.spec import Action, EnumValue, Event, EventInstance, Parameter, Responses, Snapshot, Spec

SPEC = Spec(
    branch=22,
    release="22.10.1",
    ami_version="11.0.0",
    actions={
        "Ping": Action(name="Ping"),
        "Status": Action(
            name="Status",
            synopsis=True,
            syntax=(
                Parameter(name="Channel", required=True, values=(EnumValue(name="a", values=(EnumValue(name="b"),)),)),
            ),
            responses=Responses(items=("Status",)),
        ),
    },
    events={
        "Status": Event(
            name="Status",
            instances=(EventInstance(privileges=("call",), syntax=(Snapshot(kind="channel", prefix="Dest"),)),),
        )
    },
)
