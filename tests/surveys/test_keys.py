"""Codes can be read aloud; what is stored of a ballot leads nowhere."""

from hypothesis import given
from hypothesis import strategies as st

from surveys import keys
from tests.surveys.arbitrary import any_text

SECRET = "s" * 48
codes = st.text(keys.ALPHABET, min_size=10, max_size=10)


@given(codes, st.data())
def test_a_code_is_understood_however_it_is_written_down(code: str, data: st.DataObject) -> None:
    misread = {"0": "0Oo", "1": "1IiLl"}
    heard = "".join(
        data.draw(st.sampled_from(misread.get(letter, letter + letter.lower()))) for letter in code
    )
    place = data.draw(st.integers(0, 10))
    between = data.draw(st.sampled_from(["-", " ", " - ", "\n", ""]))
    assert keys.heard(f" {heard[:place]}{between}{heard[place:]} ") == code
    assert keys.heard(keys.spelled(code)) == code


@given(any_text)
def test_anything_else_is_no_code(text: str) -> None:
    code = keys.heard(text)
    assert code is None or (len(code) == 10 and set(code) <= set(keys.ALPHABET))


def test_codes_and_ballots_are_as_random_as_promised() -> None:
    assert len(keys.ALPHABET) ** keys.CODE_LENGTH == 2**50
    assert len({keys.new_code() for _ in range(500)}) == 500
    ballots = {keys.new_ballot() for _ in range(500)}
    assert len(ballots) == 500
    assert {len(ballot) for ballot in ballots} == {43}
    assert all(keys.heard(ballot) is None for ballot in ballots)


@given(any_text)
def test_nothing_that_is_stored_of_a_ballot_equals_anything_else_stored_of_it(ballot: str) -> None:
    stored = {
        keys.spend_hash(ballot),
        keys.draft_key(ballot),
        keys.chat_key(SECRET, "1"),
        keys.receipt_hash(keys.receipt(SECRET, ballot)),
    }
    assert len(stored) == 4
    assert {len(value) for value in stored} == {32}


@given(any_text)
def test_a_receipt_is_always_the_same_and_can_be_typed(ballot: str) -> None:
    receipt = keys.receipt(SECRET, ballot)
    assert receipt == keys.receipt(SECRET, ballot)
    assert receipt != keys.receipt("t" * 48, ballot)
    assert [len(part) for part in receipt.split("-")] == [4, 4, 4]
    typed = receipt.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert keys.receipt_hash(typed) == keys.receipt_hash(receipt)


def test_a_chat_cannot_be_guessed_without_the_secret() -> None:
    assert keys.chat_key(SECRET, "12345") != keys.chat_key("t" * 48, "12345")
    assert keys.chat_key(SECRET, "12345") != keys.chat_key(SECRET, "12346")
