"""Endpoints for the thresholds of what looks unusual: those of the company, and those of one practice."""

from typing import Annotated

import msgspec
from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import Body

from compliance.anomalies.threshold_setting import ThresholdsShown, lock_thresholds, read_thresholds, set_thresholds
from compliance.anomalies.thresholds import Thresholds
from compliance.permissions import READ_AUDIT, SET_THRESHOLDS
from kernel.db.transaction import Tx
from kernel.http.scoping import requires
from kernel.http.versions import AskedVersion


class OwnThresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The thresholds to set here; null to go by those of the company, or by those we advise."""

    own: Thresholds | None


class CompanyThresholdsController(Controller):
    """From when on something is unusual, for all practices of the company that set nothing of their own."""

    path = "/api/v1/company/audit/thresholds"
    tags = ("Audit",)

    @get(guards=[requires(READ_AUDIT)], summary="The company's thresholds")
    async def read(self, tx: NamedDependency[Tx]) -> ThresholdsShown:
        """The ones in force, who set them, and the company's own."""
        return await read_thresholds(tx)

    @put(guards=[requires(SET_THRESHOLDS)], summary="Set the company's thresholds")
    async def change(
        self, tx: NamedDependency[Tx], version: NamedDependency[AskedVersion], data: Annotated[OwnThresholds, Body()]
    ) -> ThresholdsShown:
        """Lists that are asked for from now on go by them, about the past too."""
        version.require(before := await lock_thresholds(tx))
        return await set_thresholds(tx, before, data.own)


class PracticeThresholdsController(Controller):
    """From when on something is unusual in a practice."""

    path = "/api/v1/practices/{practice_id:uuid}/audit/thresholds"
    tags = ("Audit",)

    @get(guards=[requires(READ_AUDIT)], summary="A practice's thresholds")
    async def read(self, tx: NamedDependency[Tx]) -> ThresholdsShown:
        """The ones in force, who set them, and the practice's own."""
        return await read_thresholds(tx)

    @put(guards=[requires(SET_THRESHOLDS)], summary="Set a practice's thresholds")
    async def change(
        self, tx: NamedDependency[Tx], version: NamedDependency[AskedVersion], data: Annotated[OwnThresholds, Body()]
    ) -> ThresholdsShown:
        """Lists that are asked for from now on go by them, about the past too."""
        version.require(before := await lock_thresholds(tx))
        return await set_thresholds(tx, before, data.own)
