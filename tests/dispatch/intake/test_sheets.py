"""Sheets go in whole or not at all; every bad row is named with sheet, row, column and reason."""

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from dispatch.intake import workbook as reading
from dispatch.intake.sheets import Report, check_sheets, import_sheets
from dispatch.intake.writers import State
from orders.models import Elder, Order, ServiceItem, Visit
from people.models import Person, Phone, Place, Town
from people.services import create_person
from tests.cast import id_number, make_town
from tests.dispatch.intake.sheet_files import changed_example, example_row, saved, unchanged_example, workbook
from volunteers.models import Availability, Carer, Certificate, Organisation

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
WRITTEN = (Organisation, ServiceItem, Person, Place, Phone, Elder, Carer, Certificate, Availability, Order, Visit)
ZHANG = id_number(date(1941, 8, 15), "F")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gaogou() -> Town:
    return make_town("320826103", "高沟镇", 34.021, 119.189)


def stored() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in WRITTEN}


def load(content: bytes) -> Report:
    return import_sheets(content=content, actor=None, now=NOW)


def check(content: bytes) -> Report:
    return check_sheets(content=content, actor=None, now=NOW)


def places_of(report: Report) -> list[tuple[str, int, str]]:
    return [(each.sheet, each.row, each.column) for each in report.problems]


def elder(number: str = "L-0001", **changes: Any) -> dict[str, Any]:
    return example_row("老人", 老人编号=number, **changes)


def test_the_example_comes_in_whole() -> None:
    report = load(unchanged_example())

    assert report.problems == []
    assert (report.stored, report.count(State.NEW)) == (True, 7)
    zhang = Elder.objects.get(number="L-0001")
    assert (zhang.person.name, zhang.person.home.village, zhang.town.name) == ("张桂兰", "扬口村", "高沟镇")
    assert sorted(zhang.categories.values_list("code", flat=True)) == ["ADVANCED_AGE", "LIVING_ALONE"]
    wang = Carer.objects.get(number="C-0001")
    assert sorted(wang.skills.values_list("code", flat=True)) == ["BATH", "CLEAN"]
    assert wang.spoken == {"淮安话", "扬州话"}
    assert wang.certificates.get().valid_to == date(2028, 12, 31)
    assert Availability.objects.values_list("weekday", "start_minute", "end_minute").get() == (0, 480, 1020)
    bath = ServiceItem.objects.get()
    assert (bath.price_fen, bath.name_en) == (8000, "Bathing at home")
    visit = Visit.objects.get()
    assert (visit.elder, visit.status, visit.order_item.order.channel) == (zhang, "open", "IMPORT")
    assert visit.window_start == datetime(2099, 1, 5, 1, 0, tzinfo=UTC)


def test_a_dry_run_tells_the_same_and_stores_nothing() -> None:
    before = stored()

    report = check(unchanged_example())

    assert [(each.sheet, each.row, each.state) for each in report.outcomes] == [
        (title, 2, State.NEW) for title in ("机构", "服务目录", "老人", "服务人员", "证书", "可服务时间", "订单")
    ]
    assert (report.is_clean, report.stored, stored()) == (True, False, before)


def test_the_same_file_twice_stores_nothing_twice() -> None:
    load(unchanged_example())
    before = stored()

    report = load(unchanged_example())

    assert (report.problems, report.count(State.UNCHANGED), stored()) == ([], 7, before)


def test_a_row_that_differs_changes_what_is_stored() -> None:
    load(unchanged_example())

    report = load(workbook(老人=[elder(电话="13900139009", 村居="新村")]))

    assert (report.problems, report.count(State.CHANGED)) == ([], 1)
    person = Elder.objects.get().person
    assert person.home and person.home.village == "新村"
    assert person.phones.count() == 2


KEPT = [
    ("老人", "类别", "失能"),
    ("老人", "希望服务人员性别", "男"),
    ("老人", "健康备注", "糖尿病"),
    ("老人", "启用日期", "2025-01-01"),
    ("服务人员", "类别", "志愿者"),
    ("服务人员", "出行方式", "汽车"),
    ("服务人员", "技能代码", "MEAL"),
    ("服务人员", "每日最多上门", 3),
    ("服务人员", "方言", "上海话"),
    ("证书", "有效期止", "2029-12-31"),
    ("证书", "发证机构", "别处"),
    ("可服务时间", "失效日期", "2026-12-31"),
    ("订单", "结束", "12:00"),
]


@pytest.mark.parametrize(("title", "heading", "value"), KEPT)
def test_what_only_the_admin_changes_is_refused_and_never_passed_over(title: str, heading: str, value: Any) -> None:
    load(unchanged_example())
    before = stored()

    report = load(workbook(**{title: [example_row(title, **{heading: value})]}))

    assert places_of(report) == [(title, 2, heading)]
    assert (report.stored, stored()) == (False, before)


@pytest.mark.parametrize(
    ("title", "heading"), [("机构", "镇街"), ("服务人员", "机构代码"), ("老人", "类别"), ("老人", "详细地址")]
)
def test_what_a_row_leaves_empty_is_kept(title: str, heading: str) -> None:
    load(unchanged_example())

    report = load(workbook(**{title: [example_row(title, **{heading: None})]}))

    assert (report.problems, report.count(State.UNCHANGED)) == ([], 1)
    assert Organisation.objects.get().town is not None


def test_a_person_known_by_id_number_may_be_elder_and_carer() -> None:
    row = {"身份证号": ZHANG, "姓名": "张桂兰", "性别": "女", "出生日期": "1941-08-15", "电话": "13800138000"}
    helper = example_row("服务人员", 人员编号="C-0009", 类别="志愿者", 机构代码=None, **row)

    report = load(workbook(老人=[elder(身份证号=ZHANG)], 服务人员=[helper]))

    assert (report.problems, Person.objects.count()) == ([], 1)
    assert Elder.objects.get().person == Carer.objects.get().person


def test_a_known_person_without_a_home_gets_the_rows(gaogou: Town) -> None:
    known = create_person(name="张桂兰", gender="F", id_number=ZHANG, actor=None, now=NOW)

    report = load(workbook(老人=[elder(身份证号=ZHANG)]))

    known.refresh_from_db()
    assert (report.problems, known.home and known.home.village) == ([], "扬口村")


def test_another_name_for_a_known_id_number_is_a_duplicate() -> None:
    create_person(name="李秀英", gender="F", id_number=ZHANG, actor=None, now=NOW)

    assert places_of(load(workbook(老人=[elder(身份证号=ZHANG)]))) == [("老人", 2, "身份证号")]
    assert Elder.objects.count() == 0


def test_a_csv_file_is_known_by_its_headings_in_either_encoding() -> None:
    text = "老人编号,姓名,性别,镇街\nL-1,李秀英,女,高沟镇\n"

    assert load(text.encode("utf-8-sig")).count(State.NEW) == 1
    assert load(text.replace("L-1", "L-2").replace("李秀英", "赵桂英").encode("gb18030")).count(State.NEW) == 1
    assert set(Person.objects.values_list("name", flat=True)) == {"李秀英", "赵桂英"}


BAD = [
    ("老人", "身份证号", ZHANG[:-1] + ("1" if ZHANG[-1] != "1" else "2"), "check digit"),
    ("老人", "身份证号", 320826194108150000, "a number that the spreadsheet has rounded"),
    ("老人", "镇街", "无此镇", "unknown town"),
    ("老人", "性别", "未知", "no such word"),
    ("老人", "姓名", None, "an empty cell that is needed"),
    ("老人", "出生日期", "昨天", "no date"),
    ("老人", "电话", "12345", "no number that can be called"),
    ("老人", "纬度", "133", "not on the globe"),
    ("老人", "类别", "独居、富裕", "one unknown category of two"),
    ("服务人员", "机构代码", "91320826XXXXXXXXXX", "unknown organisation"),
    ("服务人员", "每日最多上门", "3.5", "not whole"),
    ("证书", "人员编号", "C-9999", "unknown carer"),
    ("证书", "有效期止", "2025-01-01", "ends before it begins"),
    ("可服务时间", "结束", "08:00", "no time at all"),
    ("可服务时间", "星期", "周八", "no weekday"),
    ("服务目录", "单价(元)", "80.005", "a fraction of a fen"),
    ("服务目录", "单价(元)", "-1", "negative"),
    ("订单", "服务代码", "massage", "unknown service"),
    ("订单", "老人编号", "L-9999", "unknown elder"),
    ("订单", "日期", "2026-11-20", "window before now"),
    ("订单", "结束", "09:00", "window without length"),
    ("老人", "姓名", "=1+1", "formula"),
    ("老人", "姓名", "张" * 65, "longer than a name"),
    ("老人", "老人编号", "L" * 25, "longer than a number"),
    ("老人", "村居", "村" * 65, "longer than a village"),
    ("服务人员", "技能代码", f"BATH {'S' * 33}", "longer than a skill"),
    ("服务目录", "时长(分钟)", 0, "no minutes"),
    ("服务目录", "时长(分钟)", 721, "longer than any service"),
    ("服务目录", "需要人数", 3, "more than two carers"),
    ("服务目录", "单价(元)", 99999999, "dearer than any service"),
    ("服务目录", "失效日期", "2025-12-31", "ends before its first day"),
    ("服务目录", "生效日期", "0001-01-01", "a year before any calendar here"),
    ("订单", "日期", "9999-12-31", "a year after any calendar here"),
]


@pytest.mark.parametrize(("title", "heading", "value", "why"), BAD, ids=[bad[3] for bad in BAD])
def test_a_bad_row_is_named_and_nothing_is_stored(title: str, heading: str, value: Any, why: str) -> None:
    before = stored()

    report = load(changed_example(title, heading, value))

    first = report.problems[0]
    assert (first.sheet, first.row) == (title, 2), why
    assert first.reason
    # The window's length and the certificate's days are rules over two columns: either names the row.
    assert first.column == heading or why in ("window before now", "ends before it begins", "no time at all")
    assert (report.stored, stored()) == (False, before)


def test_one_bad_row_keeps_all_good_ones_out() -> None:
    report = load(workbook(老人=[elder(), elder("L-0002", 姓名="李秀英", 电话="13900139002", 镇街="无此镇")]))

    assert places_of(report) == [("老人", 3, "镇街")]
    assert (Person.objects.count(), Place.objects.count()) == (0, 0)


def test_overlapping_availability_is_refused_in_the_file_and_against_the_database() -> None:
    load(unchanged_example())
    hours = example_row("可服务时间", 开始="16:00", 结束="18:00")
    inside = example_row("可服务时间", 星期="周二", 开始="08:00", 结束="12:00")
    again = inside | {"开始": "11:59"}

    report = load(workbook(可服务时间=[hours, inside, again]))

    assert places_of(report) == [("可服务时间", 2, "人员编号"), ("可服务时间", 4, "人员编号")]
    assert Availability.objects.count() == 1


def test_a_duplicate_person_is_refused_in_the_file_and_against_the_database() -> None:
    load(workbook(老人=[elder(身份证号=ZHANG)]))
    li = id_number(date(1950, 1, 2), "F")
    second = elder("L-0002", 身份证号=ZHANG)
    third = elder("L-0003", 姓名="李秀英", 身份证号=li, 出生日期="1950-01-02", 电话="13900139002")
    fourth = third | {"老人编号": "L-0004", "姓名": "李秀兰"}
    without_id = elder("L-0005")

    report = load(workbook(老人=[second, third, fourth, without_id, third]))

    assert places_of(report) == [
        ("老人", 2, "身份证号"),  # known in the database
        ("老人", 4, "身份证号"),  # known from row 3
        ("老人", 5, "电话"),  # same name and phone, no ID number to tell them apart
        ("老人", 6, "老人编号"),  # row 3 again
    ]
    assert Person.objects.count() == 1
    assert ZHANG not in "".join(problem.reason for problem in report.problems)


def test_headings_that_are_missing_unknown_or_double_are_named() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "老人"
    sheet.append(["老人编号", "姓名", "性别", "镇", "电话", "电话"])
    sheet.append(["L-1", "李秀英", "女", "高沟镇", "", ""])

    report = check(saved(book))

    assert places_of(report) == [("老人", 1, "镇街"), ("老人", 1, "镇"), ("老人", 1, "电话")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0\0",
        b"PK\x03\x04 not a zip file",
        b"\xff\xfe\xff" * 10,
        b"%PDF-1.7 nothing here",
        "品名,数量\n苹果,3\n".encode(),
    ],
    ids=["empty", "picture", "broken zip", "bytes", "pdf", "another table"],
)
def test_what_is_no_such_spreadsheet_is_refused(content: bytes) -> None:
    report = load(content)

    assert [(each.sheet, each.row) for each in report.problems] == [("", 0)]


def test_a_workbook_with_an_unknown_sheet_is_refused() -> None:
    report = load(workbook(车辆=[{"车牌": "苏H00000"}]))

    assert places_of(report) == [("车辆", 0, "")]


def test_sixty_thousand_rows_are_refused_before_any_is_read() -> None:
    lines = "\n".join(f"L-{number},李秀英,女,高沟镇" for number in range(60_000))

    report = load(f"老人编号,姓名,性别,镇街\n{lines}\n".encode())

    assert [problem.row for problem in report.problems] == [0]
    assert "50000" in report.problems[0].reason
    assert Person.objects.count() == 0


def test_too_large_and_overpacked_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    monkeypatch.setattr(reading, "MOST_UNPACKED_BYTES", 1_000_000)

    packed_report = load(bomb.getvalue())
    large_report = load(b"a" * (reading.MOST_BYTES + 1))

    assert [len(report.problems) for report in (packed_report, large_report)] == [1, 1]
    assert packed_report.problems[0].reason != large_report.problems[0].reason


def test_a_new_version_of_a_service_ends_the_one_before() -> None:
    load(unchanged_example())

    report = load(workbook(服务目录=[example_row("服务目录", **{"单价(元)": "90", "生效日期": "2027-01-01"})]))

    assert report.problems == []
    assert list(ServiceItem.objects.order_by("effective_from").values_list("price_fen", "effective_to")) == [
        (8000, date(2026, 12, 31)),
        (9000, None),
    ]
    earlier = load(workbook(服务目录=[example_row("服务目录", 生效日期="2025-01-01")]))
    assert places_of(earlier) == [("服务目录", 2, "生效日期")]
    changed = load(workbook(服务目录=[example_row("服务目录", **{"单价(元)": "95"})]))
    assert places_of(changed) == [("服务目录", 2, "生效日期")]
