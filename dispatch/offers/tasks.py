"""Edges for beat: each is safe to run twice."""

from celery import shared_task

from dispatch.offers.services import day, end, late, late_evidence, menu
from people import clock


@shared_task(name="dispatch.offers.tasks.expire_due", ignore_result=True)
def expire_due() -> None:
    """Expire the offers whose time is up."""
    end.expire_due(now=clock.now())


@shared_task(name="dispatch.offers.tasks.give_up_passed_days", ignore_result=True)
def give_up_passed_days() -> None:
    """Say of yesterday's visits that nobody promised that they were not served."""
    day.give_up_passed_days(now=clock.now())


@shared_task(name="dispatch.offers.tasks.look_for_late_work", ignore_result=True)
def look_for_late_work() -> None:
    """Tell who is late, alarm the dispatcher, and give missed visits back."""
    late.look_for_late_work(now=clock.now())


@shared_task(name="dispatch.offers.tasks.follow_late_evidence", ignore_result=True)
def follow_late_evidence() -> None:
    """Take up work that was given up too early, as its evidence says."""
    late_evidence.follow_late_evidence(now=clock.now())


@shared_task(name="dispatch.offers.tasks.forget_menu_steps", ignore_result=True)
def forget_menu_steps() -> None:
    """Delete what the telephone menu said a day ago and earlier."""
    menu.forget_steps(now=clock.now())
