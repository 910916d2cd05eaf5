"""What others may ask of compliance: events as lines of a file."""

from compliance.events.shown import EVENT_COLUMNS, event_rows, shown_event

__all__ = ["EVENT_COLUMNS", "event_rows", "shown_event"]
