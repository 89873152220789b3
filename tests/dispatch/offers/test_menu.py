"""The telephone menu: from the carer's number and PIN to a promise, without a smartphone."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from dispatch.offers.models import MenuCall, MenuStep, Offer
from dispatch.offers.services.menu import KEPT_FOR, MOST_STEPS, Prompt, forget_steps, hear
from dispatch.visits.models import Assignment
from orders.models import Visit
from people.errors import Conflict, LostRace
from people.services import add_phone
from tests.dispatch.factories import (
    NOW,
    TODAY,
    accept,
    ask,
    ask_pool,
    login_of,
    make_carer,
    make_elder,
    make_visit,
)
from tests.dispatch.threads import together
from tests.flows.database import everything
from volunteers.models import Carer, CarerEvent, TelephonePin
from volunteers.pins import issue_pin

pytestmark = pytest.mark.django_db

NUMBER = "13900139001"
STRANGER = "这个电话不能接单。请拨打 1 2 3 4 9。再见。"
WELCOME = "您好，这里是养老服务中心的电话接单。请输入六位密码。"
LOCKED = "密码输错次数太多，已锁定。请一小时后再试，或拨打 1 2 3 4 9。再见。"
KEYS = "接单请按 1，不接请按 2，下一个请按 3，再听一遍请按 9。"
NINE = f"T1，9月14日，星期一，上午9点到上午10点，CLEAN。{KEYS}"
TWO = f"T1，9月14日，星期一，下午2点到下午3点，CLEAN。{KEYS}"
WHY = "为什么不接？生病 1，请假 2，时间冲突 3，太远 4，不安全 5，其他 6，返回请按 0。"


class Call:
    """One call to the menu; each press is its next step."""

    def __init__(self, call_id: str = "c1", *, caller: str = NUMBER, now: datetime = NOW) -> None:
        self.call_id = call_id
        self.caller = caller
        self.now = now
        self.step = 0

    def press(self, digits: str = "") -> Prompt:
        self.step += 1
        return self.again(digits)

    def again(self, digits: str = "", *, step: int | None = None) -> Prompt:
        return hear(call_id=self.call_id, step=step or self.step, caller=self.caller, digits=digits, now=self.now)

    def said(self, digits: str = "") -> tuple[str, int]:
        prompt = self.press(digits)
        return prompt.say, prompt.gather


@pytest.fixture
def carer(db) -> Carer:
    carer = make_carer(kind="WORKER", has_smartphone=False)
    add_phone(person=carer.person, number=NUMBER, actor=None, now=NOW)
    return carer


@pytest.fixture
def pin(carer) -> str:
    return issue_pin(carer=carer, actor=None, now=NOW)


@pytest.fixture
def offers(carer) -> list[Offer]:
    """The later one was asked first."""
    return [*ask(make_visit(start="14:00", end="16:00"), carer, start="14:00"), *ask(make_visit(), carer)]


@pytest.fixture
def inside(offers, pin) -> Call:
    """A call that hears the first offer."""
    call = Call()
    call.press()
    assert call.said(pin) == (f"您有2个单等您答复。{NINE}", 1)
    return call


def states() -> list[tuple[str, str]]:
    """Offer and visit, the soonest first."""
    return [
        (each.status, each.visit.status) for each in Offer.objects.order_by("planned_start").select_related("visit")
    ]


# Who calls ------------------------------------------------------------------------------------------------------------


def test_a_known_number_is_asked_for_its_pin_and_told_nothing_else(pin, offers) -> None:
    assert Call().said() == (WELCOME, 6)


@pytest.mark.parametrize("caller", ["", "anonymous", "13900139002", "8001"])
def test_an_unknown_or_withheld_number_ends_politely(caller, pin, offers) -> None:
    call = Call(caller=caller)

    assert call.said() == (STRANGER, 0)
    assert MenuCall.objects.get().carer is None
    with pytest.raises(Conflict) as refusal:
        call.press(pin)
    assert refusal.value.code == "out_of_step"


def test_a_number_of_several_carers_ends_the_same_way(carer, pin) -> None:
    other = make_carer("C9")
    add_phone(person=other.person, number=NUMBER, actor=None, now=NOW)
    issue_pin(carer=other, actor=None, now=NOW)

    assert Call().said() == (STRANGER, 0)


def test_a_telephone_that_the_household_shares_is_the_only_carers(carer, pin) -> None:
    add_phone(person=make_elder().person, number=NUMBER, actor=None, now=NOW)

    assert Call().said() == (WELCOME, 6)


def test_so_does_a_carer_without_a_pin_and_one_who_works_no_more(carer) -> None:
    assert Call("c1").said() == (STRANGER, 0)

    issue_pin(carer=carer, actor=None, now=NOW)
    Carer.objects.update(active_to=TODAY - timedelta(days=1))

    assert Call("c2").said() == (STRANGER, 0)


def test_a_wrong_pin_is_asked_for_again_and_the_fifth_locks(carer, pin, offers) -> None:
    wrong = f"{(int(pin) + 1) % 1_000_000:06}"
    call = Call()
    call.press()

    assert [call.said(wrong) for _ in range(4)] == [("密码不对。请再输入六位密码。", 6)] * 4
    assert call.said(wrong) == (LOCKED, 0)

    assert CarerEvent.objects.filter(kind="PIN_LOCKED").count() == 1
    assert Call("c2").said() == (LOCKED, 0)
    assert Call("c3", now=NOW + timedelta(hours=1)).said() == (WELCOME, 6)
    assert states() == [("sent", "planned")] * 2


def test_a_pin_locked_during_the_call_lets_nobody_in(carer, pin, offers) -> None:
    call = Call()
    call.press()
    TelephonePin.objects.update(locked_until=NOW + timedelta(minutes=1))

    assert call.said(pin) == (LOCKED, 0)


def test_nothing_pressed_is_no_try(pin) -> None:
    call = Call()

    assert [call.said() for _ in range(4)] == [(WELCOME, 6)] * 3 + [("再见。", 0)]
    assert TelephonePin.objects.get().wrong_tries == 0


# What is offered ------------------------------------------------------------------------------------------------------


def test_without_an_offer_it_says_so(pin) -> None:
    call = Call()
    call.press()

    assert call.said(pin) == ("现在没有等您答复的单。再见。", 0)


def test_offers_are_read_one_by_one_soonest_first_and_name_nobody(inside) -> None:
    assert inside.said("9") == (f"您有2个单等您答复。{NINE}", 1)
    assert inside.said("3") == (TWO, 1)
    assert inside.said("3") == ("没有别的单了。再见。", 0)
    for step in MenuStep.objects.all():
        assert "张桂兰" not in step.say
        assert "三组12号" not in step.say
    assert states() == [("sent", "planned")] * 2


def test_an_answered_or_expired_offer_is_not_read(carer, pin, offers) -> None:
    accept(offers[0])
    call = Call(now=offers[1].expires_at)
    call.press()

    assert call.said(pin) == ("现在没有等您答复的单。再见。", 0)


def test_the_pool_offers_only_what_the_carer_may_take(carer, pin, offers) -> None:
    accept(offers[1])
    ask_pool(make_visit(make_elder("E2"), start="09:00", end="11:00"), carer)  # collides
    call = Call()
    call.press()

    assert call.said(pin) == (f"您有1个单等您答复。{TWO}", 1)


def test_a_key_that_means_nothing_repeats_and_the_third_ends(inside) -> None:
    before = f"您有2个单等您答复。{NINE}"

    assert [inside.said(key) for key in ("7", "*")] == [(before, 1)] * 2
    assert inside.said("9") == (before, 1)
    assert [inside.said(key) for key in ("7", "", "12")] == [(before, 1)] * 2 + [("再见。", 0)]
    assert states() == [("sent", "planned")] * 2


def test_a_call_without_end_is_ended(inside) -> None:
    while inside.step < MOST_STEPS - 1:
        assert inside.press("9").end is False

    assert inside.said("9") == ("再见。", 0)


# Accepting ------------------------------------------------------------------------------------------------------------


def test_after_accepting_the_elder_and_the_address_are_read(inside, carer) -> None:
    told = (
        "接单成功。9月14日，星期一，上午9点到上午10点，老人张桂兰，地址T1 扬口村 三组12号。再听一遍请按 9，继续请按 1。"
    )

    assert inside.said("1") == (told, 1)

    assert states() == [("accepted", "reserved"), ("sent", "planned")]
    assert inside.said("9") == (told, 1)
    assert inside.said("1") == (TWO, 1)


def test_it_is_recorded_as_by_the_menu_and_the_carers_own(inside, carer, offers) -> None:
    inside.press("1")

    work = Assignment.objects.get(visit=offers[1].visit)
    assert work.accepted_by == login_of(carer)
    for row in (work, offers[1]):
        event = row.events.get(new="accepted")
        assert (event.reason, event.actor) == ("by telephone menu", login_of(carer))


def test_a_carer_without_a_login_accepts_too(inside, carer, offers) -> None:
    carer.person.user = None
    carer.person.save()

    inside.press("1")

    work = Assignment.objects.get(visit=offers[1].visit)
    assert (work.status, work.accepted_by) == ("accepted", None)
    assert work.events.get(new="accepted").reason == "by telephone menu"


def test_an_offer_lost_while_it_was_read_is_said_so_and_the_next_is_read(carer, pin) -> None:
    rival = make_carer("C2", name="王芳")
    [own, others] = ask_pool(make_visit(), carer, rival)
    ask(make_visit(start="14:00", end="16:00"), carer, start="14:00")
    call = Call()
    call.press()
    call.press(pin)
    accept(others)

    assert call.said("1") == (f"这个单刚刚被别人接走了。{TWO}", 1)

    own.refresh_from_db()
    assert own.status == "filled"
    assert Assignment.objects.filter(visit=own.visit).get().carer == rival


def test_an_offer_whose_time_is_over_is_refused(inside, offers) -> None:
    inside.now = offers[1].expires_at

    assert inside.said("1") == ("没有成功：应答时间已过。没有别的单了。再见。", 0)
    assert states() == [("sent", "planned")] * 2


# Declining ------------------------------------------------------------------------------------------------------------


def test_declining_asks_for_the_reason(inside, offers) -> None:
    assert inside.said("2") == (WHY, 1)
    assert states() == [("sent", "planned")] * 2

    assert inside.said("4") == (f"已记下您不接。{TWO}", 1)

    offers[1].refresh_from_db()
    assert (offers[1].status, offers[1].decline_reason, offers[1].decline_note) == ("declined", "TOO_FAR", "电话接单")
    assert states() == [("declined", "open"), ("sent", "planned")]


@pytest.mark.parametrize(("key", "reason"), list(zip("123456", Offer.DeclineReason.values, strict=True)))
def test_every_reason_has_its_key(key, reason, inside, offers) -> None:
    inside.press("2")
    inside.press(key)

    offers[1].refresh_from_db()
    assert (offers[1].status, offers[1].decline_reason) == ("declined", reason)


def test_one_may_go_back_instead(inside) -> None:
    inside.press("2")

    assert inside.said("7") == (WHY, 1)
    assert inside.said("0") == (NINE, 1)
    assert states() == [("sent", "planned")] * 2
    assert inside.press("1").say.startswith("接单成功。")


# Steps ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", ["1", "2", ""])
def test_the_same_step_again_gets_the_same_answer_and_changes_nothing(digits, inside) -> None:
    first = inside.press("1")
    before = everything()

    assert inside.again(digits).say == first.say
    assert inside.again(step=1).say == WELCOME
    assert everything() == before


def test_a_wrong_pin_sent_twice_is_one_try(pin) -> None:
    call = Call()
    call.press()
    call.press("x")
    call.again("x")

    assert TelephonePin.objects.get().wrong_tries == 1


@pytest.mark.parametrize("step", [4, 9])
def test_a_step_that_is_not_the_next_is_refused(step, inside) -> None:
    before = everything()

    with pytest.raises(Conflict) as refusal:
        inside.again("1", step=step)

    assert refusal.value.code == "out_of_step"
    assert everything() == before


def test_a_call_that_begins_in_the_middle_leaves_nothing(carer, pin, offers) -> None:
    before = everything()

    with pytest.raises(Conflict):
        Call().again(pin, step=2)

    assert everything() == before


@pytest.mark.parametrize("step", [2, 3])
def test_another_number_gets_no_word_of_the_call(step, inside) -> None:
    before = everything()
    inside.caller = "13900139002"

    with pytest.raises(Conflict) as refusal:
        inside.again("1", step=step)

    assert refusal.value.code == "out_of_step"
    assert everything() == before


def test_pins_and_keys_are_not_kept_and_words_are_encrypted(inside, pin) -> None:
    inside.press("1")

    rows = str(everything())
    assert pin not in rows
    assert "接单成功" not in rows


def test_the_call_keeps_its_own_story(inside) -> None:
    inside.press("2")
    inside.press("0")
    inside.press("1")

    call = MenuCall.objects.get()
    assert list(call.events.values_list("new", flat=True)) == ["pin", "offer", "reason", "offer", "accepted"]
    assert (call.status, call.offer) == ("accepted", Offer.objects.get(status="accepted"))


def test_what_was_said_is_forgotten_after_a_day(inside) -> None:
    assert forget_steps(now=NOW + KEPT_FOR - timedelta(seconds=1)) == 0
    assert forget_steps(now=NOW + KEPT_FOR) == 2
    assert MenuCall.objects.count() == 1


def test_a_call_that_the_carer_just_hung_up_ends_when_its_words_are_forgotten(inside) -> None:
    forget_steps(now=NOW + KEPT_FOR - timedelta(seconds=1))
    assert MenuCall.objects.get().status == "offer"

    for _ in range(2):
        forget_steps(now=NOW + KEPT_FOR)
    call = MenuCall.objects.get()
    assert (call.status, call.events.get(new="ended").reason) == ("ended", "hung up")


def test_a_call_whose_steps_are_forgotten_does_not_begin_again(inside) -> None:
    forget_steps(now=NOW + KEPT_FOR)
    before = everything()

    for pressed in ("", "1"):
        with pytest.raises(Conflict) as refusal:
            Call(now=NOW + KEPT_FOR).press(pressed)
        assert refusal.value.code == "out_of_step"
    assert everything() == before


# At once --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_first_step_at_once_makes_one_call(pin) -> None:
    outcomes = together([Call().press for _ in range(6)])

    assert [outcome.say for outcome in outcomes] == [WELCOME] * 6
    assert MenuStep.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_acceptance_at_once_is_one(inside) -> None:
    inside.step += 1

    outcomes = together([partial(inside.again, "1")] * 6)

    assert len({outcome.say for outcome in outcomes}) == 1
    assert Assignment.objects.filter(status="accepted").count() == 1
    assert MenuStep.objects.count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(4))
def test_menu_and_app_race_for_one_job_and_one_gets_it(round_, carer, pin) -> None:
    rival = make_carer("C2", name="王芳")
    [_own, others] = ask_pool(make_visit(), carer, rival)
    call = Call()
    call.press()
    call.press(pin)

    by_menu, by_app = together([partial(call.press, "1"), partial(accept, others)])

    work = Assignment.objects.get()
    assert Visit.objects.get().status == "reserved"
    if isinstance(by_app, Assignment):
        assert (work.carer, by_menu.say) == (rival, "这个单刚刚被别人接走了。没有别的单了。再见。")
    else:
        assert isinstance(by_app, LostRace)
        assert work.carer == carer
        assert by_menu.say.startswith("接单成功。")
    assert sorted(Offer.objects.values_list("status", flat=True)) == ["accepted", "filled"]
