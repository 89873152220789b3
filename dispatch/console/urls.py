"""Addresses of the operator's console."""

from django.urls import path

from dispatch.console import (
    calls,
    changes,
    complaints,
    contacts,
    door_card,
    elder_edit,
    live,
    new_elder,
    orders,
    page,
    search,
)

urlpatterns = [
    path("", page.console, name="console"),
    path("live/", live.live, name="console-live"),
    path("search/", search.search, name="console-search"),
    path("elders/new/", new_elder.new_elder, name="console-new-elder"),
    path("elders/new/duplicates/", new_elder.duplicates, name="console-duplicates"),
    path("elders/new/villages/", new_elder.villages, name="console-villages"),
    path("elders/<int:pk>/edit/", elder_edit.elder_edit, name="console-elder-edit"),
    path("elders/<int:pk>/door-card/", door_card.door_card, name="console-door-card"),
    path("elders/<int:pk>/contacts/", contacts.add, name="console-contact-add"),
    path("contacts/<int:pk>/change/", contacts.change, name="console-contact-change"),
    path("contacts/<int:pk>/remove/", contacts.remove, name="console-contact-remove"),
    path("elders/<int:pk>/draft/", orders.draft, name="console-draft"),
    path("elders/<int:pk>/later/", orders.later, name="console-later"),
    path("elders/<int:pk>/lines/", orders.lines, name="console-lines"),
    path("elders/<int:pk>/repeat/", orders.repeat, name="console-repeat"),
    path("elders/<int:pk>/place/", orders.place, name="console-place"),
    path("visits/<int:pk>/amend/", changes.amend, name="console-amend"),
    path("visits/<int:pk>/amend/slots/", changes.amend_slots, name="console-amend-slots"),
    path("visits/<int:pk>/cancel/", changes.cancel, name="console-cancel"),
    path("calls/<int:pk>/take/", calls.take, name="console-call-take"),
    path("calls/<int:pk>/hang-up/", calls.hang_up, name="console-call-hang-up"),
    path("calls/<int:pk>/wrap-up/", calls.wrap_up, name="console-call-wrap-up"),
    path("calls/by-hand/", calls.by_hand, name="console-call-by-hand"),
    path("calls/dial/", calls.dial_out, name="console-call-dial"),
    path("call-backs/", calls.call_backs, name="console-call-backs"),
    path("call-backs/<int:pk>/done/", calls.call_back_done, name="console-call-back-done"),
    path("elders/<int:pk>/complain/", complaints.complain, name="console-complain"),
]
