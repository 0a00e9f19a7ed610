"""Mails, well made and not."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.utm import Context
from collector.utm.mail import count, faults, is_encoded, parts

LINK = "https://shop.example/?utm_source=Letter&utm_medium=email&utm_campaign=spring"


def test_every_text_of_a_mail_is_read_and_its_attachments_of_other_kinds_are_not() -> None:
    inner = EmailMessage()
    inner.set_content(f"inside {LINK}", cte="base64")
    mail = EmailMessage()
    mail.set_content("plain", cte="quoted-printable")
    mail.add_alternative(f"<a href='{LINK.replace('&', '&amp;')}'>" + "x" * 200, subtype="html", cte="quoted-printable")
    mail.add_attachment(LINK.encode(), maintype="application", subtype="octet-stream")
    mail.add_attachment(inner)
    found = parts(mail.as_bytes())
    assert [part.kind for part in found] == ["text", "html", "text"]
    assert count(found) == 2
    assert [fault.link.url for fault in faults(found, Context())] == [LINK, LINK]
    assert [part.line for part in found] == sorted(part.line for part in found)


PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=a", b"Content-Type: text/html; charset=", b"utf-8", b"no-such", b"\n",
        b"\n\n", b"--a\n", b"--a--\n", b"Content-Transfer-Encoding: base64\n", b"content-transfer-encoding:",
        b"quoted-printable\n", b"Content-Type: message/rfc822\n", b"PGEgaHJlZj0i", b"=3D=\n", b"=E9", b"\xff", b"\0",
        b"; charset*=x'y'%FF", LINK.encode(), b"<a href=", b"=?utf-8?q?=zz?=", b"Subject: ",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=25).map(b"".join)))
def test_no_mail_makes_checking_fail(data: bytes) -> None:
    is_encoded(data)
    with suppress(ValueError):
        faults(parts(data), Context())


def test_mails_in_mails_without_end_are_refused_or_read() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3_000))
    with suppress(ValueError):
        parts(deep + b"\nContent-Transfer-Encoding: base64\n\nAAAA\n")
