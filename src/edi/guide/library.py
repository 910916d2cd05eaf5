"""The guides by name, read once and compiled once for every set of delimiters."""

from functools import cache, lru_cache

from edi.guide.grammar import LoopRule, read_guide
from edi.guide.text_278 import GUIDE_278
from edi.guide.text_835 import GUIDE_835
from edi.guide.text_837d import GUIDE_837D
from edi.guide.text_837i import GUIDE_837I
from edi.guide.text_837p import GUIDE_837P
from edi.guide.text_acks import GUIDE_277CA, GUIDE_999
from edi.guide.text_eligibility import GUIDE_270, GUIDE_271
from edi.guide.text_status import GUIDE_276, GUIDE_277
from edi.guide.walker import CompiledGuide
from edi.x12.delimiters import Delimiters
from edi.x12.guides import Guide

_TEXTS: dict[Guide, str] = {
    "835": GUIDE_835,
    "837P": GUIDE_837P,
    "837I": GUIDE_837I,
    "837D": GUIDE_837D,
    "270": GUIDE_270,
    "271": GUIDE_271,
    "276": GUIDE_276,
    "277": GUIDE_277,
    "278": GUIDE_278,
    "999": GUIDE_999,
    "277CA": GUIDE_277CA,
}


def guides() -> tuple[Guide, ...]:
    """The guides that files can be held against."""
    return tuple(_TEXTS)


@cache
def _root(guide: Guide) -> LoopRule:
    return read_guide(_TEXTS[guide])


@lru_cache(maxsize=64)
def compiled_guide(guide: Guide, delimiters: Delimiters) -> CompiledGuide | None:
    """The guide ready to walk; None where only the envelope is known."""
    return CompiledGuide(_root(guide), delimiters) if guide in _TEXTS else None


@cache
def segment_ranks(guide: Guide, loop: str) -> dict[str, int]:
    """The place of each segment id within a loop of the guide, for writing in its order; empty for an unknown loop."""
    return _ranks(_root(guide), loop)


def _ranks(rule: LoopRule, loop: str) -> dict[str, int]:
    if rule.id == loop:
        ranks: dict[str, int] = {}
        for segment in rule.segments:
            ranks.setdefault(segment.id, segment.rank)
        return ranks
    return next((found for child in rule.loops if (found := _ranks(child, loop))), {})
