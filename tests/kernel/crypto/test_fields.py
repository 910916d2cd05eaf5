"""Encrypted values open in their own cell and nowhere else; blind indexes are equal for equal values and say nothing more."""

import uuid

import pytest

from kernel.crypto.fields import CannotDecrypt, Field, FieldKeys, plain_identifier
from kernel.ids import new_id

MEMBER_ID = Field("coverage", "member_id", plain_identifier)
TEXT = "SYN-100 200"
PRACTICE, ROW = new_id(), new_id()


def keys(*, count: int = 1, index_key: bytes = b"i" * 32) -> tuple[FieldKeys, list[uuid.UUID]]:
    """Keys of a company, the last one newest."""
    ids = [uuid.UUID(int=number) for number in range(1, count + 1)]
    data_keys = {one: bytes([one.int]) * 32 for one in ids}
    return FieldKeys(data_keys, newest=ids[-1], index_key=index_key), ids


def test_a_value_opens_in_its_own_cell_alone() -> None:
    own, _ = keys()
    sealed = own.encrypt(MEMBER_ID, ROW, TEXT, practice_id=PRACTICE)
    assert own.decrypt(MEMBER_ID, ROW, sealed, practice_id=PRACTICE) == TEXT
    assert TEXT.encode() not in sealed
    elsewhere = [
        (MEMBER_ID, new_id(), PRACTICE),
        (MEMBER_ID, ROW, new_id()),
        (MEMBER_ID, ROW, None),
        (Field("coverage", "group_number"), ROW, PRACTICE),
        (Field("patient", "member_id"), ROW, PRACTICE),
    ]
    for field, row, practice in elsewhere:
        with pytest.raises(CannotDecrypt, match="another row"):
            own.decrypt(field, row, sealed, practice_id=practice)


def test_the_same_value_twice_looks_different() -> None:
    own, _ = keys()
    assert own.encrypt(MEMBER_ID, ROW, TEXT) != own.encrypt(MEMBER_ID, ROW, TEXT)


@pytest.mark.parametrize("at", [1, 17, 29, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    own, _ = keys()
    sealed = bytearray(own.encrypt(MEMBER_ID, ROW, TEXT))
    assert own.decrypt(MEMBER_ID, ROW, bytes(sealed)) == TEXT
    sealed[at] ^= 1
    with pytest.raises(CannotDecrypt):
        own.decrypt(MEMBER_ID, ROW, bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + bytes(60)])
def test_another_format_is_named(sealed: bytes) -> None:
    with pytest.raises(CannotDecrypt, match="not a value in format 1"):
        keys()[0].decrypt(MEMBER_ID, ROW, sealed)


def test_after_a_new_key_old_values_still_open_and_new_ones_name_it() -> None:
    before, (first,) = keys()
    after, (_, second) = keys(count=2)
    old, new = before.encrypt(MEMBER_ID, ROW, TEXT), after.encrypt(MEMBER_ID, ROW, TEXT)
    assert after.decrypt(MEMBER_ID, ROW, old) == after.decrypt(MEMBER_ID, ROW, new) == TEXT
    assert (old[1:17], new[1:17]) == (first.bytes, second.bytes)
    with pytest.raises(CannotDecrypt, match="data key"):
        before.decrypt(MEMBER_ID, ROW, new)


def test_a_blind_index_is_equal_for_what_people_write_differently() -> None:
    own, _ = keys()
    index = own.blind_index(MEMBER_ID, TEXT, practice_id=PRACTICE)
    assert index == own.blind_index(MEMBER_ID, "syn100200 ", practice_id=PRACTICE)
    others = [
        own.blind_index(MEMBER_ID, "SYN100201", practice_id=PRACTICE),
        own.blind_index(MEMBER_ID, TEXT, practice_id=new_id()),
        own.blind_index(Field("coverage", "group_number", plain_identifier), TEXT, practice_id=PRACTICE),
        keys(index_key=b"j" * 32)[0].blind_index(MEMBER_ID, TEXT, practice_id=PRACTICE),
    ]
    assert len({index, *others}) == 5
