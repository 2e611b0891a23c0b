"""Tests of the adapter library: no Django, no database, no network beyond a local server."""

import pytest

# `contract` holds asserts but is no test module by name.
pytest.register_assert_rewrite(f"{__name__}.contract")
