"""Stores on SQLite, and on Postgres where TCCONNECTOR_TEST_POSTGRES names an empty database."""

import pytest

from connector.config import locate
from connector.store.engine import open_database

from .book import Book


@pytest.fixture
def database(store_url):
    opened = open_database(locate(store_url, {}))
    yield opened
    opened.close()


@pytest.fixture
def book(database):
    return Book(database)
