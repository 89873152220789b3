"""Half-typed orders outlive a reload, a lost session and another call."""

from datetime import datetime

import pytest
from django.http import QueryDict

from dispatch.console import typed_lines
from dispatch.console.models import OrderDraft
from orders.models import CallRecord, Order
from tests.dispatch.console.typing import line, place, sheet
from tests.dispatch.factories import at, make_elder, make_item, make_visit


def type_(client, elder, body):
    return client.post(f"/console/elders/{elder.pk}/draft/", body)


def opened(client, elder):
    return client.get(f"/console/?elder={elder.pk}").context["sheet"]


def test_what_was_typed_is_there_after_a_reload(operator) -> None:
    elder, clean = make_elder(), make_item()
    body = sheet(elder, line(clean, start="13:00", end="15:00"))

    type_(operator, elder, body)
    found = opened(operator, elder)

    assert str(found.key) == body["key"]
    assert (found.head["note"].value(), found.open["start"].value(), found.open["item"].value()) == (
        "门铃坏了",
        "13:00",
        str(clean.pk),
    )


def test_half_a_line_is_kept_too_and_nothing_is_said_against_it(operator) -> None:
    elder = make_elder()

    answer = type_(operator, elder, sheet(elder, line(make_item(), item="", start="")))

    assert answer.status_code == 200
    assert answer.context["answer"].refusals == []
    assert opened(operator, elder).head["note"].value() == "门铃坏了"


def test_the_same_typed_again_is_not_written_again(operator, monkeypatch) -> None:
    elder = make_elder()
    body = sheet(elder, line(make_item()))

    def changed_at(clock: str, body) -> datetime:
        monkeypatch.setattr("people.clock.now", lambda: at(clock))
        type_(operator, elder, body)
        return OrderDraft.objects.get().changed_at

    assert [changed_at("09:00", body), changed_at("09:01", body)] == [at("09:00")] * 2
    assert changed_at("09:02", body | {"note": "后门"}) == at("09:02")
    ringing = CallRecord.objects.create(call_id="c1", started_at=at("09:00"), direction="in", status="ringing")
    assert changed_at("09:03", body | {"note": "后门", "call": str(ringing.pk)}) == at("09:03")
    assert OrderDraft.objects.get().call == ringing


def test_a_second_call_leaves_the_first_order_in_the_list(operator) -> None:
    first, second, clean = make_elder("E1", name="张桂兰"), make_elder("E2", name="陈大爷"), make_item()

    type_(operator, first, sheet(first, line(clean)))
    type_(operator, second, sheet(second, line(clean), note="改天再打"))
    page = operator.get(f"/console/?elder={second.pk}")

    assert [draft.elder for draft in page.context["drafts"]] == [second, first]
    assert opened(operator, first).head["note"].value() == "门铃坏了"


def test_a_lost_session_is_told_to_the_page_and_the_draft_waits(operator, client) -> None:
    elder, clean = make_elder(), make_item()
    body = sheet(elder, line(clean))
    type_(operator, elder, body)

    lost = client.post(f"/console/elders/{elder.pk}/draft/", body, headers={"HX-Request": "true"})

    assert lost.status_code == 401
    assert opened(operator, elder).head["note"].value() == "门铃坏了"


def test_an_order_that_is_placed_is_no_draft_any_more(operator) -> None:
    elder, clean = make_elder(), make_item()
    body = sheet(elder, line(clean))
    type_(operator, elder, body)
    operator.post(f"/console/elders/{elder.pk}/place/", body)

    late = type_(operator, elder, body)
    page = operator.get(f"/console/?elder={elder.pk}")

    assert "这张订单已经登记过了" in late.content.decode()
    assert (list(page.context["drafts"]), page.context["sheet"].open["item"].value()) == ([], None)
    assert OrderDraft.objects.get().order == Order.objects.get()


def test_starting_afresh_forgets_it(operator) -> None:
    elder = make_elder()
    body = sheet(elder, line(make_item()))
    type_(operator, elder, body)

    operator.post(f"/console/elders/{elder.pk}/lines/", body | {"do": "drop"})

    assert OrderDraft.objects.count() == 0


def test_what_was_typed_is_not_readable_in_the_database(operator) -> None:
    elder = make_elder()
    type_(operator, elder, sheet(elder, line(make_item()), note="bell is broken"))

    raw = OrderDraft.objects.values_list("typed", flat=True).query
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(str(raw))
        assert "bell" not in cursor.fetchone()[0]


class TestLines:
    typed = QueryDict(
        "note=a&line-TOTAL_FORMS=2&line-INITIAL_FORMS=0&line-0-item=1&line-0-day=d&line-1-item=2&line-1-day=e"
    )

    def items(self, typed: QueryDict) -> list[str | None]:
        return [typed.get(f"line-{index}-item") for index in range(int(typed["line-TOTAL_FORMS"]))]

    def test_another_takes_the_time_of_the_last(self) -> None:
        more = typed_lines.with_another(self.typed)

        assert (self.items(more), more["line-2-day"], more["note"]) == (["1", "2", None], "e", "a")

    def test_what_is_not_typed_yet_is_not_held_against_anybody(self, operator) -> None:
        elder = make_elder()
        body = sheet(elder, line(make_item(), end=""), note="")

        page = operator.post(f"/console/elders/{elder.pk}/lines/", body | {"do": "open:0"}, follow=True)
        more = operator.post(f"/console/elders/{elder.pk}/lines/", sheet(elder, line(make_item())) | {"do": "add"})

        for answer in (page, operator.get(more["Location"])):
            text = answer.content.decode().partition('id="order"')[2].partition("</form>")[0]
            assert "aria-invalid" not in text
            assert "请" not in text
            assert answer.context["sheet"].open["start"].value() == "09:00"

    def test_at_most_five(self) -> None:
        typed: QueryDict = self.typed
        for _ in range(6):
            typed = typed_lines.with_another(typed)

        assert typed["line-TOTAL_FORMS"] == "5"

    @pytest.mark.parametrize(("index", "left"), [(0, ["2"]), (1, ["1"]), (7, ["1", "2"]), (-1, ["1", "2"])])
    def test_one_less(self, index: int, left: list[str]) -> None:
        assert self.items(typed_lines.without(self.typed, index)) == left

    def test_the_only_line_stays(self) -> None:
        assert self.items(typed_lines.without(typed_lines.without(self.typed, 0), 0)) == ["2"]

    def test_the_opened_one_comes_last(self) -> None:
        assert self.items(typed_lines.opened(self.typed, 0)) == ["2", "1"]

    @pytest.mark.parametrize("total", ["", "x", "-1", "0", "²", "9" * 30, "9" * 5000])
    @pytest.mark.parametrize("page", ["lines", "draft", "place", "later"])
    def test_a_forged_count_is_refused_and_what_was_kept_stays(self, operator, page: str, total: str) -> None:
        elder = make_elder()
        body = sheet(elder, line(make_item()))
        type_(operator, elder, body)

        forged = body | {"line-TOTAL_FORMS": total, "note": "别的", "do": "add"}
        answer = operator.post(f"/console/elders/{elder.pk}/{page}/", forged)

        assert answer.status_code == 400
        assert "页面不完整" in answer.content.decode()
        assert opened(operator, elder).head["note"].value() == "门铃坏了"
        assert Order.objects.count() == 0

    def test_more_services_than_an_order_has_come_back_with_everything_typed(self, operator) -> None:
        elder = make_elder()
        body = sheet(elder, line(make_item())) | {"line-TOTAL_FORMS": "6"}

        answer = operator.post(f"/console/elders/{elder.pk}/place/", body)

        assert answer.status_code == 400
        assert 'value="门铃坏了"' in answer.content.decode()
        assert Order.objects.count() == 0


class TestRepeat:
    def test_the_last_order_comes_back_on_the_next_day_that_has_its_time(self, operator) -> None:
        elder, clean = make_elder(), make_item()
        place(operator, elder, line(clean, start="06:30", end="08:00"))  # that time is over today: it is 07:00

        operator.post(f"/console/elders/{elder.pk}/repeat/")
        again = opened(operator, elder).open

        assert [again[name].value() for name in ("item", "day", "start", "end")] == [
            str(clean.pk),
            "2026-09-15",
            "06:30",
            "08:00",
        ]

    def test_today_when_its_time_is_still_ahead(self, operator) -> None:
        elder, clean = make_elder(), make_item()
        place(operator, elder, line(clean))

        operator.post(f"/console/elders/{elder.pk}/repeat/")

        assert opened(operator, elder).open["day"].value() == "2026-09-14"

    def test_a_half_typed_order_is_not_overwritten(self, operator) -> None:
        elder, clean = make_elder(), make_item()
        place(operator, elder, line(clean))
        type_(operator, elder, sheet(elder, line(clean), note="正在填"))

        operator.post(f"/console/elders/{elder.pk}/repeat/")

        assert opened(operator, elder).head["note"].value() == "正在填"

    def test_without_an_order_there_is_nothing_to_repeat(self, operator) -> None:
        elder = make_elder()

        page = operator.post(f"/console/elders/{elder.pk}/repeat/", follow=True)

        assert "没有可以重复的订单" in page.content.decode()
        assert OrderDraft.objects.count() == 0

    def test_what_came_with_an_import_is_not_repeated(self, operator) -> None:
        elder = make_elder()
        order = make_visit(elder).order_item.order
        Order.objects.filter(pk=order.pk).update(channel="IMPORT")

        operator.post(f"/console/elders/{elder.pk}/repeat/")

        assert OrderDraft.objects.count() == 0
