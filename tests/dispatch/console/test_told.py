"""What the elder is told of an order placed at the console: that it is noted, or who comes, and never both of one visit."""

from dispatch.confirmations.models import Confirmation
from dispatch.confirmations.services.deliver import deliver_due
from dispatch.offers.models import Offer
from dispatch.offers.services.answer import accept_offer
from orders.models import ServiceItem
from people.roles import Role
from tests.cast import make_user
from tests.dispatch.console.typing import line, place, sheet
from tests.dispatch.factories import NOW, TODAY, make_item
from tests.dispatch.planning import make as planning

NOTED = "老人E1您好：已登记9月14日（星期一）10:00到11:00CLEAN，定好人再告诉您。改时间请拨12349。"
COMES = "老人E1您好：9月14日（星期一）10:00，护工C1上门CLEAN。改时间请拨12349。"


def today(item, number=0, *, start="10:00", end="11:00", slot=""):
    return line(item, number, day=TODAY.isoformat(), start=start, end=end, slot=slot)


def best_slot(client, elder, item) -> str:
    typed = client.post(f"/console/elders/{elder.pk}/draft/", sheet(elder, today(item)))
    return typed.context["answer"].choices.found[0].key


def carer_says_yes() -> None:
    accept_offer(offer=Offer.objects.get(), actor=make_user("disp", Role.DISPATCHER), now=NOW, on_behalf_reason="电话")


def sent() -> list[str]:
    """The words that leave the house, when the outbox is emptied."""
    deliver_due(now=NOW)
    return [row.text for row in Confirmation.objects.filter(status="sent").order_by("pk")]


def test_who_comes_is_the_one_message_of_a_slot_promised_at_once(operator, elder) -> None:
    clean = make_item()
    planning.carer("C1", auto_accept=True)

    place(operator, elder, today(clean, slot=best_slot(operator, elder, clean)))

    assert sent() == [COMES]
    assert Confirmation.objects.count() == 1


def test_without_a_slot_the_order_is_confirmed(operator, elder) -> None:
    place(operator, elder, today(make_item()))

    assert sent() == [NOTED]


def test_an_english_desk_sends_the_name_that_the_elder_knows(operator, elder) -> None:
    clean = make_item()
    ServiceItem.objects.update(name_en="Cleaning")
    operator.post("/i18n/setlang/", {"language": "en"})

    answer = place(operator, elder, today(clean))

    assert "Cleaning" in operator.get(answer["Location"]).content.decode()
    assert sent() == [NOTED]


def test_a_slot_whose_carer_has_yet_to_answer_is_confirmed_and_then_told(operator, elder) -> None:
    clean = make_item()
    planning.carer("C1")

    place(operator, elder, today(clean, slot=best_slot(operator, elder, clean)))
    before = sent()
    carer_says_yes()

    assert before == [NOTED]
    assert sent() == [NOTED, COMES]


def test_who_comes_replaces_a_confirmation_that_still_waits(operator, elder) -> None:
    clean = make_item()
    planning.carer("C1")

    place(operator, elder, today(clean, slot=best_slot(operator, elder, clean)))
    carer_says_yes()

    assert sent() == [COMES]
    assert list(Confirmation.objects.values_list("kind", "status").order_by("pk")) == [
        ("ORDER_PLACED", "cancelled"),
        ("RESERVED", "sent"),
    ]


def test_of_several_services_only_those_without_a_carer_are_confirmed(operator, elder) -> None:
    clean = make_item()
    planning.carer("C1", auto_accept=True)
    slot = best_slot(operator, elder, clean)

    place(operator, elder, today(clean, slot=slot), today(make_item("MEAL"), 1, start="12:00", end="13:00"))

    assert sorted(sent()) == sorted([COMES, NOTED.replace("10:00到11:00CLEAN", "12:00到13:00MEAL")])
