"""The sheets that can be imported: their Chinese titles and headings, how each cell is read, who writes the row.

The order is the order of writing: a later sheet may name what an earlier one brings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dispatch.intake import cells, work, writers
from dispatch.intake.writers import Row, State
from orders.models import ElderCategory, ServiceItem, ServiceKind
from people.models import Gender
from volunteers.models import Carer, Organisation

TOWN = "镇街"
GENDERS = {"女": Gender.FEMALE, "男": Gender.MALE}
KINDS_OF_SERVICE = {
    "助餐": ServiceKind.MEAL,
    "助浴": ServiceKind.BATH,
    "助洁": ServiceKind.CLEAN,
    "助急": ServiceKind.URGENT,
    "助医": ServiceKind.MEDICAL,
    "助行": ServiceKind.ESCORT,
    "探访": ServiceKind.WELFARE,
    "康复": ServiceKind.REHAB,
    "心理慰藉": ServiceKind.COMFORT,
    "生活照料": ServiceKind.PERSONAL,
    "代办": ServiceKind.ERRAND,
}
CATEGORIES = {
    "独居": ElderCategory.Code.LIVING_ALONE,
    "空巢": ElderCategory.Code.EMPTY_NEST,
    "留守": ElderCategory.Code.LEFT_BEHIND,
    "失能": ElderCategory.Code.DISABLED,
    "失智": ElderCategory.Code.DEMENTIA,
    "重残": ElderCategory.Code.SEVERE_DISABILITY,
    "计生特殊家庭": ElderCategory.Code.FP_SPECIAL,
    "特困": ElderCategory.Code.DESTITUTE,
    "低保": ElderCategory.Code.MIN_LIVING,
    "高龄": ElderCategory.Code.ADVANCED_AGE,
}
KINDS_OF_ORGANISATION = {
    "企业": Organisation.Kind.COMPANY,
    "社会组织": Organisation.Kind.SOCIAL,
    "社区中心": Organisation.Kind.CENTRE,
    "志愿团队": Organisation.Kind.GROUP,
}
GENDER_RULES = {
    "不限": ServiceItem.GenderRule.ANY,
    "同性": ServiceItem.GenderRule.SAME,
    "按老人意愿": ServiceItem.GenderRule.WISH,
}
KINDS_OF_CARER = {"护理员": Carer.Kind.WORKER, "志愿者": Carer.Kind.VOLUNTEER}
MODES = {"步行": Carer.Mode.WALK, "电动车": Carer.Mode.EBIKE, "汽车": Carer.Mode.CAR}
WEEKDAYS = {name: number for number, name in enumerate(["周一", "周二", "周三", "周四", "周五", "周六", "周日"])}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the name of its value, how its cells are read, whether a row needs it, and an invented example."""

    heading: str
    name: str
    read: cells.Reader
    required: bool
    example: Any = None


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of sheet. `write` stores a row through the services and tells what became of it."""

    title: str
    columns: tuple[Column, ...]
    write: Callable[[Row, writers.Context], State]

    def heading_of(self, name: str) -> str:
        """The heading of a value, or of the field of that name in a service's refusal; empty if there is none."""
        last = name.rsplit(".", 1)[-1]
        wanted = writers.FIELD_OF_REFUSAL.get(last, last)
        return next((column.heading for column in self.columns if column.name == wanted), "")


def must(heading: str, name: str, read: cells.Reader, example: Any) -> Column:
    return Column(heading, name, read, True, example)


def may(heading: str, name: str, read: cells.Reader, example: Any = None) -> Column:
    return Column(heading, name, read, False, example)


def _person(name: str, gender: str, born: str, phone: str) -> tuple[Column, ...]:
    """The columns of a person, with an invented one as example. There is no example of an ID number on purpose."""
    return (
        must("姓名", "name", cells.text_up_to(64), name),
        must("性别", "gender", cells.one_of(GENDERS), gender),
        may("出生日期", "birth_date", cells.day, born),
        may("身份证号", "id_number", cells.text),
        may("电话", "phone", cells.text, phone),
        may("备用电话", "second_phone", cells.text),
        must(TOWN, "town", cells.text, "高沟镇"),
        may("村居", "village", cells.text_up_to(64), "扬口村"),
        may("详细地址", "address", cells.text_up_to(200), "三组12号"),
        may("纬度", "latitude", cells.coordinate),
        may("经度", "longitude", cells.coordinate),
    )


NOUNS = (
    Noun(
        "机构",
        (
            must("统一社会信用代码", "code", cells.text, "91320826MA1ABCDE0X"),
            must("机构名称", "name", cells.text, "安康居家养老服务有限公司"),
            must("类型", "kind", cells.one_of(KINDS_OF_ORGANISATION), "企业"),
            may(TOWN, "town", cells.text, "高沟镇"),
            must("启用日期", "active_from", cells.day, "2026-01-01"),
            may("停用日期", "active_to", cells.day),
        ),
        writers.organisation,
    ),
    Noun(
        "服务目录",
        (
            must("服务代码", "code", cells.text, "bath-60"),
            must("服务类型", "kind", cells.one_of(KINDS_OF_SERVICE), "助浴"),
            must("名称", "name", cells.text, "居家助浴"),
            may("英文名称", "name_en", cells.text, "Bathing at home"),
            must("时长(分钟)", "duration_minutes", cells.between(1, 720), 60),
            may("需要人数", "carers_needed", cells.between(1, 2), 2),
            must("技能代码", "skill", cells.text, "BATH"),
            may("证书代码", "certificate", cells.text, "care-worker"),
            may("仅限护理员", "workers_only", cells.yes, "是"),
            may("性别要求", "gender_rule", cells.one_of(GENDER_RULES), "按老人意愿"),
            must("单价(元)", "price_fen", cells.fen, "80.00"),
            may("政府时长可付", "subsidised", cells.yes, "是"),
            may("时间积分可付", "credit_payable", cells.yes, "是"),
            may("积分系数", "credit_rate", cells.decimal, "1.00"),
            must("生效日期", "effective_from", cells.day, "2026-01-01"),
            may("失效日期", "effective_to", cells.day),
        ),
        writers.service_item,
    ),
    Noun(
        "老人",
        (
            must("老人编号", "number", cells.text_up_to(24), "L-0001"),
            *_person("张桂兰", "女", "1941-08-15", "13800138000"),
            may("类别", "categories", cells.several_of(CATEGORIES), "独居、高龄"),
            may("希望服务人员性别", "gender_wish", cells.one_of(GENDERS), "女"),
            may("健康备注", "health_note", cells.text_up_to(500)),
            may("启用日期", "active_from", cells.day, "2026-01-01"),
        ),
        writers.elder,
    ),
    Noun(
        "服务人员",
        (
            must("人员编号", "number", cells.text_up_to(24), "C-0001"),
            *_person("王芳", "女", "1985-03-03", "13900139001"),
            must("类别", "kind", cells.one_of(KINDS_OF_CARER), "护理员"),
            may("机构代码", "organisation", cells.text, "91320826MA1ABCDE0X"),
            may("出行方式", "mode", cells.one_of(MODES), "电动车"),
            may("技能代码", "skills", cells.words_up_to(32), "BATH CLEAN"),
            may("方言", "dialects", cells.text_up_to(100), "淮安话、扬州话"),
            may("每日最多上门", "max_visits_a_day", cells.between(1, 100), 8),
            may("启用日期", "active_from", cells.day, "2026-01-01"),
        ),
        writers.carer,
    ),
    Noun(
        "证书",
        (
            must("人员编号", "carer", cells.text, "C-0001"),
            must("证书代码", "code", cells.text, "care-worker"),
            may("证书编号", "number", cells.text, "HL2024-0001"),
            may("发证机构", "issuer", cells.text, "县人社局"),
            must("有效期起", "valid_from", cells.day, "2026-01-01"),
            must("有效期止", "valid_to", cells.day, "2028-12-31"),
        ),
        work.certificate,
    ),
    Noun(
        "可服务时间",
        (
            must("人员编号", "carer", cells.text, "C-0001"),
            may("星期", "weekday", cells.one_of(WEEKDAYS), "周一"),
            may("日期", "day", cells.day),
            must("开始", "start", cells.clock, "08:00"),
            must("结束", "end", cells.clock, "17:00"),
            may("生效日期", "valid_from", cells.day, "2026-01-01"),
            may("失效日期", "valid_to", cells.day),
        ),
        work.availability,
    ),
    Noun(
        "订单",
        (
            must("老人编号", "elder", cells.text, "L-0001"),
            must("服务代码", "item", cells.text, "bath-60"),
            must("日期", "day", cells.day, "2099-01-05"),
            must("开始", "window_start", cells.clock, "09:00"),
            must("结束", "window_end", cells.clock, "11:00"),
            may("点单时间", "requested_at", cells.moment),
            may("备注", "note", cells.text, "家属电话预约"),
        ),
        work.order,
    ),
)
