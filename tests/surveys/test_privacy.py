"""No personal number survives, and nothing else is touched."""

import calendar
import time
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.dk import cpr as official

from surveys.privacy import MASKS, redact

DIGITS = {
    "latin": "0123456789",
    "arabic": "٠١٢٣٤٥٦٧٨٩",
    "persian": "۰۱۲۳۴۵۶۷۸۹",
    "full width": "０１２３４５６７８９",
    "devanagari": "०१२३४५६७८९",
}
SPACES = ["", " ", "\u00a0", "\u202f", "  "]
DASHES = ["-", "–", "—", "\u2010", "\u2011", "−", ".", "/", "／", "_", "\u200b-", "\u00ad"]
INVISIBLE = ["\u200b", "\u200d", "\u2060", "\ufeff", "\u200f", "\u00ad"]

HARMLESS = [
    "LÆ 285",
    "225-timersreglen",
    "80 %",
    "kl. 10.30",
    "kl. 10.30-12.30",
    "mandag kl. 9.00-12.00 og 13.00-15.00",
    "kl 8-16",
    "8.30 - 15.30",
    "12.03.2026",
    "den 12-03-2026 kl. 10",
    "12-03-2026 10.30",
    "12-03-2026 10:30",
    "13. 10. 2026 10.30",
    "13/10 2026 10.30",
    "2026-03-12 10.30",
    "01.03.26-14.03.26",
    "12.03.2026 - 14.03.2026",
    "den 12.03.26, 1000 kr",
    "24122025",
    "1.234.567 kr",
    "12.000 kr",
    "25 000 000 kr.",
    "1.012.071.234 kr",
    "10.500,50 kr",
    "10.000-12.000 kr",
    "§ 56",
    "§§ 8-11 og 17, stk. 2",
    "lov nr. 1482 af 23.12.2014",
    "LBK nr. 280 af 01/03/2024",
    "37 timer",
    "37,5 timer",
    "225 af 619",
    "2025-2026",
    "2025 2026",
    "telefonen i 2025-2026",
    "i 2024, 2025 og 2026",
    "3450 Allerød",
    "uge 12",
    "uge 10-12 2026",
    "10, 12, 14, 16, 18",
    "sag 20251234",
    "sagsnr. 20251234",
    "j.nr. 2025-4523-0012",
    "S2025-12345",
    "25/012345",
    "15.20.00-P05-1-25",
    "CVR 29189366",
    "cvr-nr. 29 18 93 66",
    "DK29189366",
    "EAN 5798000012345",
    "24/7",
    "50/50",
    "m² og 10²",
    "i alle 5 uger",
    "Motorvej 16",
    "sagde at firma.dk",
    "vi mødes @ kl.10",
]


def birthdays(draw, *, replacement):
    born = draw(st.dates(date(1920, 1, 1), date(2025, 12, 31)))
    day = born.day + (60 if replacement else 0)
    return f"{day:02}{born.month:02}{born:%y}"


@st.composite
def personal_numbers(draw):
    """Ten digits, valid check digit or not, ordinary or erstatnings-CPR."""
    return birthdays(draw, replacement=draw(st.booleans())) + f"{draw(st.integers(0, 9999)):04}"


@st.composite
def spelled(draw):
    """A personal number as people type it; the gaps are uniform inside the date, free elsewhere."""
    number = draw(personal_numbers())
    digits = DIGITS[draw(st.sampled_from(sorted(DIGITS)))]
    inner = draw(st.sampled_from(["", " ", ".", "-", "/", "\u00a0", "–"]))
    tail = draw(st.sampled_from(["", "", " "]))
    boundary = (
        draw(st.sampled_from(SPACES))
        + draw(st.sampled_from(["", *DASHES]))
        + draw(st.sampled_from([*SPACES, "\n", "\r\n"]))
    )
    text = (
        inner.join((number[:2], number[2:4], number[4:6]))
        + boundary
        + tail.join((number[6:8], number[8:]))
    )
    text = text.translate({ord("0") + n: digits[n] for n in range(10)})
    if draw(st.booleans()):
        place = draw(st.integers(1, len(text) - 1))
        text = text[:place] + draw(st.sampled_from(INVISIBLE)) + text[place:]
    return text


BEFORE = [
    "",
    "Mit cpr-nummer er ",
    "cpr:",
    "CPR-nr. ",
    "(",
    "Jeg bor i 3450 Allerød, ",
    "nr.",
    "\n",
]
AFTER = ["", ".", ", og jeg venter.", ")", " tak", "!", "\nHilsen Ib", " – 37 timer"]


@given(spelled(), st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_every_spelling_of_a_personal_number_is_found(number, before, after):
    redacted = redact(before + number + after)
    assert redacted.text == f"{before}[cpr]{after}"
    (removed,) = redacted.removed
    assert (removed.kind, removed.start, removed.end) == (
        "cpr",
        len(before),
        len(before) + len(number),
    )


@given(personal_numbers())
def test_numbers_that_the_authority_calls_valid_are_found_as_it_prints_them(number):
    if official.is_valid(number):
        assert redact(official.format(number)).text == "[cpr]"


@pytest.mark.parametrize(
    "number",
    [
        "0 1 0 1 0 7 1 2 3 4",
        "01 01 07 12 34",
        "01-01-07-12-34",
        "0101071\n234",
        "01.01.1990-1234",
        "01011990-1234",
        "010107 (1234)",
        "010107, 1234",
        "010107:1234",
        "1.1.07-1234",
        "10107-1234",
        "٠١٠١٠٧-١٢٣٤",
        "0️⃣1️⃣0️⃣1️⃣0️⃣7️⃣-1️⃣2️⃣3️⃣4️⃣",
        "290200-1234",
        "910107-1234",
    ],
)
def test_rare_spellings(number):
    text = redact(f"Hej, {number} er mit.").text
    assert text.startswith("Hej, [cpr]")
    assert not any(map(str.isdigit, text))


@pytest.mark.parametrize("number", ["320107-1234", "000107-1234", "011307-1234", "920107-1234"])
def test_ten_digits_without_a_birthday_are_no_personal_number(number):
    assert "cpr" not in {removed.kind for removed in redact(number).removed}


def test_every_day_of_a_leap_year_is_a_birthday():
    for month in range(1, 13):
        for day in range(1, calendar.monthrange(2024, month)[1] + 1):
            assert redact(f"{day:02}{month:02}24-4321").text == "[cpr]"
            assert redact(f"{day + 60}{month:02}24-4321").text == "[cpr]"


PHONES = [
    "22334455",
    "22 33 44 55",
    "2233 4455",
    "22 33 4455",
    "22 334 455",
    "22-33-44-55",
    "22.33.44.55",
    "45 22 33 44 55",
    "+45 22 33 44 55",
    "+4522334455",
    "(+45) 22 33 44 55",
    "0045 22 33 44 55",
    "+46 70 123 45 67",
    "+380 50 123 4567",
    "00380501234567",
    "+44 (0)20 7946 0018",
    "٢٢٣٣٤٤٥٥",
    "٢٢ ٣٣ ٤٤ ٥٥",
    "+٤٥ ٢٢ ٣٣ ٤٤ ٥٥",
    "۲۲۳۳۴۴۵۵",
]


@pytest.mark.parametrize("phone", PHONES)
def test_phone_numbers(phone):
    redacted = redact(f"Skriv {phone} i dag")
    assert [removed.kind for removed in redacted.removed] == ["phone"]
    assert not any(map(str.isdigit, redacted.text))


def test_a_cue_makes_any_eight_digits_a_phone_number():
    assert redact("Min tlf. er 223 344 55.").text == "Min tlf. er [telefon]."
    assert redact("tlf22334455").text == "tlf[telefon]"


@pytest.mark.parametrize(
    "address",
    [
        "ib@firma.dk",
        "ib.hansen+x@mail.firma-nord.dk",
        "ib @ firma.dk",
        "ib (at) firma.dk",
        "ib[at]firma[dot]dk",
        "ib snabela firma.dk",
        "ib snabel-a firma punktum dk",
        "ｉｂ＠firma．dk",
    ],
)
def test_email_addresses(address):
    assert redact(f"Skriv til {address}, tak.").text == "Skriv til [e-mail], tak."


def test_street_addresses_go_and_towns_stay():
    text = "Jeg bor på Store Kongensgade 12, 2. tv, 3450 Allerød, før på Rådhusvej 4B."
    assert redact(text).text == "Jeg bor på [adresse], 3450 Allerød, før på [adresse]."


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("frame", ["{}", "Det var {} der gjorde det", "{}.", "i {}, og så", "({})"])
def test_harmless_numbers_are_left_alone(text, frame):
    sentence = frame.format(text)
    assert redact(sentence).text == sentence


def test_two_people_and_a_phone_in_one_line():
    text = "Ib 010107-1234/020208-5678, ring 22 33 44 55"
    assert redact(text).text == "Ib [cpr]/[cpr], ring [telefon]"


PIECES = st.one_of(
    spelled(),
    st.sampled_from([*HARMLESS, *PHONES, "ib@firma.dk", "Rådhusvej 12", "tlf. ", "kl. ", "sag "]),
    st.sampled_from(list(MASKS.values())),
    st.text(alphabet="0123456789 .-/+()@aæ,:[]\n\u200b٣", max_size=12),
    st.text(max_size=5),
)


@given(
    st.lists(PIECES, max_size=8).flatmap(
        lambda pieces: st.sampled_from([" ", "", ", "]).map(lambda glue: glue.join(pieces))
    )
)
def test_offsets_are_exact_and_a_second_pass_removes_nothing(text):
    redacted = redact(text)
    rebuilt, position = "", 0
    for removed in redacted.removed:
        assert position <= removed.start < removed.end <= len(text)
        rebuilt += text[position : removed.start] + MASKS[removed.kind]
        position = removed.end
        if removed.kind in ("cpr", "phone"):
            assert any(unicodedata.category(c) == "Nd" for c in text[removed.start : removed.end])
    assert redacted.text == rebuilt + text[position:]
    assert redact(redacted.text).removed == ()


FLOODS = (
    "01|0 |1-|a|a@|a.|@|+1|+11111111 |22 33 44 55 |00 |( |kl |10.10.10-|\u200b1|Vej|snabel a |"
    "Aaaaaaaavej |a (at) |tlf 22 334455 "
)


@pytest.mark.parametrize("piece", FLOODS.split("|"))
def test_time_grows_linearly(piece):
    def seconds(size):
        text = (piece * size)[:size]
        started = time.thread_time()
        redact(text)
        return time.thread_time() - started

    seconds(1_000)
    # Three tries: a machine that was busy says nothing of the pattern
    enough = max(30 * min(seconds(10_000) for _ in range(3)), 0.5)
    assert any(seconds(100_000) < enough for _ in range(3))
