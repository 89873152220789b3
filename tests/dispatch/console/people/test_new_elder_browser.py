"""A new elder with the keyboard alone, in a real browser: the keys are counted, the clock is not."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from orders.models import Elder
from tests.browser.keys import Keys
from tests.browser.session import sign_in
from tests.browser.test_homes import sound
from tests.cast import Cast, assemble, make_person
from tests.dispatch.console.people.conftest import CALLER, make_call

MOST_KEYS = 90  # three keys a second is an unhurried typist: 30 s


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = assemble()
    make_person("李四", "M", cast.gaogou, village="前庄村")
    return cast


@pytest.fixture
def desk(page: Page, cast: Cast, live_server: Any) -> Page:
    """A page of the console in which the operator is logged in."""
    sign_in(page.context, live_server.url, cast.operator)
    page.set_viewport_size({"width": 1280, "height": 800})
    return page


def test_a_new_elder_is_typed_without_touching_the_mouse(desk: Page, cast: Cast) -> None:
    call = make_call()
    desk.goto(f"/console/elders/new/?call={call.pk}")
    expect(desk.locator("#id_name")).to_be_focused()
    keys = Keys(desk)

    for text in ("赵秀兰", "f", "82", "gg"):  # town and gender by their letters
        keys.type(text)
        keys.press("Tab")
    expect(desk.locator("#villages option[value=前庄村]")).to_be_attached()
    keys.type("前庄村")
    keys.press("Tab")
    keys.type("2组3号")
    keys.press("Control+Enter")  # the call's number is her own
    desk.wait_for_url("**/console/?elder=*")

    elder = Elder.objects.get(person__name="赵秀兰")
    home = elder.person.home
    assert (elder.person.gender, elder.person.birth_date.year, elder.town) == ("F", 1944, cast.gaogou)
    assert (home.village, home.address) == ("前庄村", "2组3号")
    assert [phone.number for phone in elder.person.phones.all()] == [CALLER]
    assert keys.pressed <= MOST_KEYS


def test_a_warning_appears_as_a_field_is_left_and_goes_with_its_cause(desk: Page, cast: Cast) -> None:
    desk.goto("/console/elders/new/?q=张桂兰")
    warning = desk.locator("#duplicates")
    expect(desk.locator("#id_gender")).to_be_focused()  # the name is there already

    desk.keyboard.type("f")
    desk.keyboard.press("Tab")
    desk.keyboard.type("84")
    desk.keyboard.press("Tab")
    expect(warning).to_contain_text("同名、年龄相近")
    expect(warning.get_by_role("link", name="就是这位，打开老人卡")).to_have_attribute(
        "href", f"/console/?elder={cast.elder.pk}"
    )

    desk.fill("#id_name", "赵秀兰")
    desk.keyboard.press("Tab")
    expect(warning).to_be_empty()


def test_a_refused_form_has_the_cursor_in_the_first_wrong_field(desk: Page) -> None:
    desk.goto("/console/elders/new/")
    expect(desk.locator("#id_name")).to_be_focused()
    desk.keyboard.type("赵秀兰")
    desk.keyboard.press("Tab")
    desk.keyboard.type("f")
    desk.keyboard.press("Tab")
    desk.keyboard.type("两百")
    desk.keyboard.press("Enter")

    wrong = desk.locator("#id_born[aria-invalid=true]")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("两百")
    expect(desk.locator("#id_name")).to_have_value("赵秀兰")
    sound(desk)


def test_a_stale_correction_is_shown_in_its_place(desk: Page, cast: Cast) -> None:
    """With scripts the answer (409) replaces the form; it is not thrown away as an error."""
    desk.goto(f"/console/elders/{cast.elder.pk}/edit/")
    Elder.objects.filter(pk=cast.elder.pk).update(gender_wish="M")

    desk.locator("#card-gender_wish").focus()
    desk.keyboard.type("f")
    desk.keyboard.press("Control+Enter")

    expect(desk.get_by_role("alert")).to_contain_text("没有保存")
    expect(desk.get_by_role("row", name="希望服务人员是")).to_contain_text("女男")
    expect(desk.locator("#card-gender_wish")).to_have_value("F")
    sound(desk)
    desk.keyboard.press("Tab")
    desk.locator("#card-gender_wish").press("Control+Enter")
    expect(desk.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert Elder.objects.get(pk=cast.elder.pk).gender_wish == "F"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_whole_at_every_width(desk: Page, cast: Cast, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    for address in (f"/console/elders/new/?call={make_call().pk}", f"/console/elders/{cast.elder.pk}/edit/"):
        desk.goto(address)
        sound(desk)
