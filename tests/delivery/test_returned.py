"""Mail that came back is known by the report of a mail server, and by nothing else."""

import pytest

from webapp.delivery.returned import refs

REF = "0123456789abcdef" * 2


def report(
    action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822"
) -> bytes:
    lines = f"""From: MAILER-DAEMON@mail.example.dk
To: svar@example.dk
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Message-ID: <20261121.1@mail.example.dk>
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

It did not arrive.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.dk

Final-Recipient: rfc822; nobody@example.org
Action: {action}
Status: {status}

--x
Content-Type: {returned}

Message-ID: <{REF}@example.dk>
Subject: Allerød Kommune vil gerne høre din mening

Svar her.

--x--
"""
    return lines.encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_of_failure_names_our_message(returned: str) -> None:
    assert refs(report(returned=returned)) == {REF}


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0")])
def test_a_delay_is_no_failure(action: str, status: str) -> None:
    assert refs(report(action, status)) == set()


def test_an_answering_machine_is_no_failure() -> None:
    away = f"From: a@example.org\nSubject: Ferie\nIn-Reply-To: <{REF}@example.dk>\n\nFri.\n"
    assert refs(away.encode()) == set()


def test_a_mailbox_holds_many_and_rubbish_is_read_past() -> None:
    mailbox = (
        b"From a Sat Nov 21\n" + report("delayed", "4.0.0") + b"\nFrom b Sun Nov 22\n" + report()
    )
    assert refs(mailbox) == {REF}
    assert refs(b"\xff\x00 From nobody\n\n") == set()
