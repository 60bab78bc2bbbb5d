"""How a result looks."""

from bs4 import BeautifulSoup

from coursekit.lesson import checks
from coursekit.lesson.checks import Result


def test_a_result_says_in_words_and_signs_what_it_says():
    for status, sign in [(checks.CORRECT, "✓"), (checks.NOT_YET, "✗"), (checks.NOT_ATTEMPTED, "…")]:
        result = Result("05.2", status, "Is `a < b` & *so* on, 2 * 3 * 4?", "a < b")
        page = BeautifulSoup(result._repr_html_(), "html.parser")
        assert page.strong.get_text() == f"{sign} 05.2: {status} (a < b)"
        assert page.code.get_text() == "a < b" and "`" not in page.get_text()
        assert page.em.get_text() == "so" and "2 * 3 * 4" in page.get_text()
        assert (
            repr(result) == str(result)
            and f"05.2: {status}" in repr(result)
            and "`" not in repr(result)
        )


def test_only_what_is_not_correct_offers_a_hint():
    assert "checks.hint('05.2')" in repr(Result("05.2", checks.NOT_YET, "No."))
    assert "hint" not in repr(Result("05.2", checks.CORRECT, "Yes."))
    assert isinstance(checks.hint("05.2"), checks.Message)
