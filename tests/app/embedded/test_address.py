from pathlib import Path

import pytest

from app.embedded.address import PostgresAddress, external_postgres
from app.embedded.errors import PostgresUnusable
from app.embedded.postgres import start


def test_an_external_server_is_signed_in_to_once(data_dir: Path) -> None:
    with start(data_dir, fast=True) as server:
        external = external_postgres(server.url + "?application_name=billwright")
        assert (external.host, external.port, external.user) == ("127.0.0.1", server.port, "postgres")
        assert (external.version, external.database) == (18, "postgres")
        assert external.url.endswith("?application_name=billwright")

        with pytest.raises(PostgresUnusable, match="does not answer") as refused:
            external_postgres(server.url_for(user="postgres", password="not-the-password"))
        assert "not-the-password" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://a:b@h/d", "postgresql://h/d", "postgresql://a:b@h:99999/d", "postgresql://a:b@h"],
)
def test_refuses_what_is_no_database_url(url: str) -> None:
    with pytest.raises(PostgresUnusable, match=r"postgresql://user:password@host:port/database"):
        external_postgres(url)


def test_urls_quote_their_parts() -> None:
    address = PostgresAddress(
        host="::1", port=5432, user="o:w/n", password="p@ss/wörd", database="main", version=18, query="sslmode=require"
    )
    assert address.url == "postgresql://o%3Aw%2Fn:p%40ss%2Fw%C3%B6rd@[::1]:5432/main?sslmode=require"
    assert address.url_for(user="app", database="other") == "postgresql://app@[::1]:5432/other?sslmode=require"
    assert address.url_for(user="app", password="x") == "postgresql://app:x@[::1]:5432/main?sslmode=require"
