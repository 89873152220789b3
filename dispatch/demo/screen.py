"""Prints the demonstration's summary on one terminal screen, in Chinese as the county speaks."""

from collections import Counter

from django.core.management.base import OutputWrapper

from dispatch.demo.summary import Summary
from dispatch.planning.words import reason_text
from orders.models import ServiceKind, Visit


def show(out: OutputWrapper, summary: Summary, *, port: int, password: str) -> None:
    """Write visits by state, unserved with reasons, hours, credits, the ledger, this month's counts and the logins."""
    total = sum(summary.visits.values())
    verified = summary.visits.get(Visit.Status.VERIFIED, 0)
    out.write("")
    out.write(f"今日上门 {total} 次，已核验 {verified} 次（{verified / max(total, 1):.1%}）")
    labels = dict(Visit.Status.choices)
    out.write("  " + " · ".join(f"{labels[state]} {number}" for state, number in sorted(summary.visits.items())))
    reasons = Counter(str(reason_text(reason)) for row in summary.unserved for reason in row["reasons"][:1])
    if reasons:
        out.write("  未能安排的原因：" + " · ".join(f"{code} {number}" for code, number in reasons.most_common()))
    out.write(
        f"路程 {summary.travel_minutes / 60:.1f} 小时 · 服务 {summary.service_minutes / 60:.1f} 小时 · "
        f"存入时间积分 {summary.credits_posted_minutes / 60:.1f} 小时 · 账目合计 {summary.ledger_sum}"
    )
    kinds = dict(ServiceKind.choices)
    by_service: Counter[str] = Counter()
    for row in summary.counts:
        by_service[row["service"]] += row["person_times"]
    out.write(
        "本月人次：" + " · ".join(f"{kinds.get(kind, kind)} {number}" for kind, number in by_service.most_common())
    )
    out.write("用时（秒）：" + " · ".join(f"{step} {seconds}" for step, seconds in summary.seconds.items()))
    out.write(f"登录 http://127.0.0.1:{port}/ ，口令均为 {password}")
    out.write(
        "  话务员 operator · 调度员 dispatcher（全县） dispatcher2（涟城街道） · 护理员和志愿者 carer001–carer320"
    )
    out.write("  机构管理员 manager · 民政管理员 admin · 审计员 auditor")
