"""Loops that the 276 and the 277 share (005010X212): payer, receiver, provider, and the segments of claims."""

from edi.loops import Loop
from edi.party_forms import BIRTH, CONTACTS, NAME
from edi.status import StatusParticipant

SOURCE = Loop(StatusParticipant, [NAME, CONTACTS])
"""Loops 2000A and 2100A."""

PATIENT = (BIRTH, NAME)
"""Loops 2000D and 2100D, and 2000E and 2100E for a dependent; DMG stands before the name here."""
