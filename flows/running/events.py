"""Events that Prefect's automations can react to."""

from prefect.events import emit_event

PREFIX = "image-compressor"


def emit(what: str, resource: str, **facts: object) -> None:
    """Emits the event `image-compressor.WHAT` about a resource: a place, or a codec.

    Args:
        facts: the event's payload.
    """
    emit_event(
        event=f"{PREFIX}.{what}",
        resource={"prefect.resource.id": f"{PREFIX}.{resource}"},
        payload=facts,
    )
