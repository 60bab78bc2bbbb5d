"""Buttons instead of the pair's own widget, on an event loop whose clock leaps."""

import asyncio
import re
import selectors

import ipywidgets

from coursekit.turing import plain

from .conftest import Person, parts


class LeapingSelector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout=None):
        self.now += timeout or 0
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock leaps to the next timer: no test waits, none depends on load."""

    def __init__(self):
        self.selector = LeapingSelector()
        super().__init__(self.selector)

    def time(self):
        return self.selector.now


def run(scene):
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(scene)


def photos(person):
    texts = [part.value for part in parts(person.plain) if isinstance(part, ipywidgets.HTML)]
    return re.findall("alt='([^']*)'", " ".join(texts))


def test_plain_buttons_lead_through_the_whole_test(experiment, store):
    async def take():
        person = Person(experiment, store, loaded=False)
        person.press("ck-start")
        person.press("ck-plain-next")
        while person.plain.pair:
            number = person.plain.pair["number"]
            await asyncio.sleep(1)
            person.press("ck-plain-right")
            if number <= 2:
                assert "colours made by a computer" in person.text
                person.press("ck-plain-next")
        return person

    person = run(take())
    assert [vote["side"] for vote in store.votes()] == ["right"] * 12
    assert {vote["seconds"] for vote in store.votes()} == {None}
    assert "Thank you" in person.text and not person.pair.pair


def test_plain_photos_are_hidden_after_the_exposure(experiment, store):
    async def look():
        person = Person(experiment, store, loaded=False)
        person.press("ck-start")
        assert photos(person) == []
        person.press("ck-plain-next")
        await asyncio.sleep(experiment.protocol.exposure - 0.01)
        assert photos(person) == ["left photo", "right photo"]
        await asyncio.sleep(0.02)
        assert photos(person) == []

    run(look())


def test_a_double_click_on_a_plain_button_counts_once_and_not_for_the_next_pair(experiment, store):
    async def look():
        person = Person(experiment, store, loaded=False)
        person.press("ck-start")
        person.press("ck-plain-next")
        await asyncio.sleep(1)
        for _ in range(2):
            person.press("ck-plain-left")
        person.press("ck-plain-next")
        for wait in (0, plain.BLANK - 0.01):  # too soon after the pair
            await asyncio.sleep(wait)
            person.press("ck-plain-left")
        assert len(store.votes()) == 1
        await asyncio.sleep(0.02)
        person.press("ck-plain-left")

    run(look())
    assert [vote["number"] for vote in store.votes()] == [1, 2]


def test_the_custom_widget_takes_over_a_pair_that_was_not_shown_yet(experiment, store):
    person = Person(experiment, store, loaded=False)
    person.press("ck-start")
    assert person.plain.pair
    person.say(kind="ready", code="")
    assert person.pair.pair["number"] == 1 and person.pair.pair["gate"] and not person.plain.pair


def test_the_custom_widget_takes_over_with_the_next_pair_when_it_has_loaded_late(experiment, store):
    async def take():
        person = Person(experiment, store, loaded=False)
        person.press("ck-start")
        person.press("ck-plain-next")
        person.say(kind="ready", code="")
        assert person.plain.pair and not person.pair.pair
        await asyncio.sleep(1)
        person.press("ck-plain-left")
        person.press("ck-plain-next")
        return person

    person = run(take())
    assert person.pair.pair["number"] == 2 and not person.plain.pair
    assert person.plain.layout.display == "none" and person.pair.layout.display == ""
