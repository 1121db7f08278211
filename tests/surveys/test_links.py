"""Open links as staff see them."""

import pytest

from surveys import fieldwork, links
from surveys.database import Database
from surveys.errors import LinkWithdrawn, UnknownCode
from tests.conftest import Clock


def test_links_in_use_are_listed_newest_first(database: Database, clock: Clock) -> None:
    with database.transaction() as session:
        first = fieldwork.create_link(session, "samtalefeedback", clock(), unit="Team B")
        second = fieldwork.create_link(
            session, "samtalefeedback", clock(), unit="Team A", course="Første samtale"
        )
        fieldwork.create_link(session, "kursusfeedback", clock())
        fieldwork.close_wave(session, "kursusfeedback", clock())
    clock.forward(minutes=1)
    with database.snapshot() as session:
        found = links.links(session, clock())
        assert [link.code for link in found] == [second, first]
        assert found[0].open
        assert (found[0].unit, found[0].course) == ("Team A", "Første samtale")
        assert links.places(session) == (["Team A", "Team B"], ["Første samtale"])


def test_a_withdrawn_link_opens_nothing_and_is_still_known(
    database: Database, clock: Clock
) -> None:
    with database.transaction() as session:
        code = fieldwork.create_link(session, "samtalefeedback", clock())
        links.withdraw(session, code.lower())
    with database.snapshot() as session:
        assert links.links(session, clock()) == []
        assert not links.link(session, code, clock()).open
        with pytest.raises(LinkWithdrawn):
            fieldwork.admit(session, code, clock())


@pytest.mark.parametrize("code", ["0000000000", "x", ""])
def test_a_code_that_does_not_exist(database: Database, clock: Clock, code: str) -> None:
    with database.transaction() as session:
        with pytest.raises(UnknownCode):
            links.link(session, code, clock())
        with pytest.raises(UnknownCode):
            links.withdraw(session, code)
