"""What invented patients and visits are made of: `data/people.toml` and `data/services.toml` as typed values."""

import msgspec

from app.demo.facts import data_folder


class Referring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider outside the practices who refers patients to them."""

    npi: str
    last_name: str
    first_name: str


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a practice's patients live; `towns` are pairs of a city and its five-digit ZIP code."""

    state: str
    area_code: str
    towns: tuple[tuple[str, str], ...]


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"cedar_hill": "cedar-hill"}):
    """All of `people.toml`."""

    first_names_f: tuple[str, ...]
    first_names_m: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    riverbend: Region
    cedar_hill: Region
    referring: tuple[Referring, ...]

    def region(self, practice_slug: str) -> Region:
        """Where the patients of that practice live."""
        return {"riverbend": self.riverbend, "cedar-hill": self.cedar_hill}[practice_slug]


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A HCPCS Level II service and for whom it is plausible; `payer` is the only one that takes it, if any."""

    code: str
    what: str
    unit_charge_cents: int
    least_units: int = 1
    most_units: int = 1
    modifiers: tuple[tuple[str, ...], ...] = ((),)
    group: str = ""
    payer: str = ""
    sex: str = ""
    least_age: int = 0
    note: str = ""
    authorized: bool = False


class Catalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one practice does and finds."""

    diagnoses: tuple[str, ...]
    services: tuple[Service, ...]


def load_people() -> People:
    """`people.toml` as typed values."""
    return msgspec.toml.decode((data_folder() / "people.toml").read_bytes(), type=People)


def load_catalogs() -> dict[str, Catalog]:
    """`services.toml` by practice slug."""
    return msgspec.toml.decode((data_folder() / "services.toml").read_bytes(), type=dict[str, Catalog])
