"""Personal data in texts: what is found, and what must not be taken for it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from collector.intake.mask import masked, masked_number

FOUND = {
    # e-mail addresses
    "jane.doe@shop.example": "[email]",
    "JANE+news@Shop.Example": "[email]",
    "o'neil@shop.example": "[email]",
    "jane@localhost": "[email]",
    "mailto:jane@shop.example?subject=x": "mailto:[email]?subject=x",
    "jane%40shop.example": "[email]",
    "jane%2540shop%252Eexample": "[email]",
    "é.à@bücher.example": "[email]",
    "a@b.example,c@d.example": "[email],[email]",
    "/u/jane@shop.example/orders": "/u/[email]/orders",
    # network addresses
    "192.168.0.1": "[address]",
    "http://10.0.0.1/x": "http://[address]/x",
    "2001:db8::1": "[address]",
    "2001:0db8:0000:0000:0000:ff00:0042:8329": "[address]",
    # phone numbers
    "+33 6 12 34 56 78": "[number]",
    "0612345678": "[number]",
    "06.12.34.56.78": "[number]",
    "06-12-34-56-78": "[number]",
    "tel:0033612345678": "tel:[number]",
    "%2B33612345678": "[number]",
    "555-123-4567": "[number]",
    "+1 (555) 123-4567": "[number]",
    "+49 170 1234567": "[number]",
    "０６１２３４５６７８": "[number]",
    "٠٦١٢٣٤٥٦٧٨": "[number]",
    # cards, accounts, national ids
    "4111 1111 1111 1111": "[number]",
    "4111-1111-1111-1111": "[number]",
    "4111111111111111": "[number]",
    "1 85 05 78 006 084 36": "[number]",
    "123-45-6789": "[number]",
    "FR76 3000 6000 0112 3456 7890 189": "FR[number]",
    # keys
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1": "[token]",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301": "[key]",
    "3F2504E04F8941D39A0C0305E82C3301": "[key]",
    "/reset/AbCdEf0123456789AbCdEf01": "/reset/[key]",
    "a3f9c2e1b7d84f60c5e2": "[key]",
    "ghp_0123456789abcdefABCDEF": "[key]",
    # several
    "jane@a.example 0612345678 10.0.0.1": "[email] [number] [address]",
}
KEPT = (
    "", "/", "/cart", "/products/12345", "/products/12345678", "order-12345678", "n°12345", "sku-4711-xl", "ref:12345",
    "A1B2C3", "page 2 of 17",
    "2026-11-22", "2026-11-22T10:00:00Z", "2026-11-22 10:00", "/2026/11/22/new-shoes", "22/11/2026", "22.11.2026",
    "20261122", "2026-11-22-1", "2026-W47",
    "Q4-2026", "12:30:45", "12.50", "1,299.00 EUR", "1 299,00 €", "99999999", "100,000", "-12.5", "10%", "3.1415",
    "48.8566,2.3522", "1.2.3",
    "red-wool-sweater-with-a-very-long-name-2026", "the-100-best-things-to-do-in-paris-2026",
    "iphone-15-pro-max-256gb-blue-titanium",
    "pull-en-laine-mérinos-très-doux-pour-l-hiver", "internationalization", "INTERNATIONALIZATION",
    "abcdefghijklmnopqrstuvwxyz", "x" * 100,
    "@handle", "a @ b", "price @ 12", "C++ & C#", "a:b:c", "::", "www.shop.example/a.b.c", "utm_source=newsletter",
    "été-2026_soldes-hiver",
    "iPhone 15 Pro Max", "Windows NT 10.0", "eyJ", "eyelashes", "#/route/42", "中文标题", "👟" * 30,
)  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_personal_data_is_replaced_by_its_kind(text: str) -> None:
    assert masked(text) == FOUND[text]


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("text", [*FOUND, *KEPT])
def test_what_is_masked_once_is_masked(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("around", ["{}", " {} ", "/{}/", "x={}&y", "({})", "<{}>", '"{}"', "{},{}", "é{}é"])
def test_an_address_is_found_wherever_it_stands(around: str) -> None:
    assert "jane" not in masked(around.replace("{}", "jane@shop.example"))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_address_is_found_however_often_it_was_encoded(times: int) -> None:
    text = "jane.doe@shop.example"
    for _ in range(times):
        text = quote(text, safe="")
    assert "jane" not in masked(text)


NUMBERS = {
    612345678: "[number]", 4111111111111111: "[number]", -612345678: "[number]", 1e300: "[number]",
    12345678: 12345678, 99999999: 99999999, 0: 0, -5: -5, 12.5: 12.5,
}  # fmt: skip


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_is_masked_from_nine_digits_on(value: float) -> None:
    assert masked_number(value) == NUMBERS[value]
