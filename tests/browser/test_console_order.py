"""From a ringing telephone to an order, by keys alone; the keys are counted, the clock is not."""

from playwright.sync_api import expect

from orders.models import CallRecord, Elder, Order
from people.models import Town
from tests.browser.conftest import ring
from tests.browser.keys import Keys
from tests.browser.test_console import desk

MOST_KEYS = 8  # for a usual order of a known caller
MOST_KEYS_OF_A_NEWCOMER = 180  # from the call to the order: 60 s of an unhurried typist, three keys a second


def test_a_known_callers_usual_order_takes_at_most_eight_keys(log_in, elder: Elder) -> None:
    watched = desk(log_in)
    page, keys = watched.page, Keys(watched.page)
    ring()
    page.get_by_role("button", name="接听").wait_for()

    keys.press("F1")  # take the call: the only person with this number is opened
    page.locator(".tiles input:focus").wait_for()
    keys.press("2")  # the second service: somebody can clean
    page.locator("#answer .slots input:focus").wait_for()
    keys.press("1")  # the best slot
    page.locator("#answer .slots input:checked").wait_for()
    keys.press("Control+Enter")
    page.locator("#placed").wait_for()

    order = Order.objects.latest("pk")
    assert keys.pressed <= MOST_KEYS
    assert (order.elder, order.created_by.username) == (elder, "operator")
    assert list(order.calls.values_list("call_id", flat=True)) == ["c1"]
    assert "给张桂兰登记的是：" in page.locator("#placed").inner_text()
    assert watched.complaints == []


def test_a_new_elders_first_order_is_typed_within_a_minute_of_the_call(log_in, elder: Elder) -> None:
    Town.objects.filter(pk=elder.town_id).update(name="高沟镇")
    watched = desk(log_in)
    page, keys = watched.page, Keys(watched.page)
    ring("c9", "13666667777")
    page.get_by_role("button", name="接听").wait_for()

    keys.press("F1")
    page.get_by_text("这个号码没有登记过").wait_for()
    keys.press("F8")
    page.locator("#id_name:focus").wait_for()
    for text in ("赵秀兰", "f", "82", "gg", "前庄村"):  # gender and town by their letters
        keys.type(text)
        keys.press("Tab")
    keys.type("2组3号")
    keys.press("Control+Enter")  # the call's number is her own
    page.locator(".tiles input:focus").wait_for()
    keys.press("2")
    page.locator("#answer .slots input:focus").wait_for()
    keys.press("1")
    page.locator("#answer .slots input:checked").wait_for()
    keys.press("Control+Enter")
    page.locator("#placed").wait_for()

    order = Order.objects.latest("pk")
    newcomer = order.elder
    assert keys.pressed <= MOST_KEYS_OF_A_NEWCOMER
    assert (newcomer.person.name, newcomer.town.name, newcomer.person.home.village) == ("赵秀兰", "高沟镇", "前庄村")
    assert [phone.number for phone in newcomer.person.phones.all()] == ["+8613666667777"]
    assert list(order.calls.values_list("call_id", flat=True)) == ["c9"]
    assert order.items.get().visits.get().status == "planned"  # the chosen carer is being asked
    assert "给赵秀兰登记的是：" in page.locator("#placed").inner_text()
    assert watched.complaints == []


def test_a_call_rings_on_every_screen_and_leaves_the_others_when_one_takes_it(log_in, browser_context) -> None:
    first = desk(log_in)
    other = browser_context.new_page()
    other.goto("/console/")
    ring()
    first.page.get_by_role("button", name="接听").wait_for()
    other.get_by_role("button", name="接听").wait_for()

    first.page.keyboard.press("F1")
    first.page.wait_for_url("**/console/?call=*")

    expect(other.get_by_role("button", name="接听")).to_have_count(0)
    assert CallRecord.objects.get(call_id="c1").answered_by.username == "operator"
