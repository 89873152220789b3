from orders.models.calls import CallBack, CallBackEvent, CallChange, CallEvent, CallRecord, DialRequest, Extension
from orders.models.catalogue import ServiceItem, ServiceKind
from orders.models.complaints import Complaint, ComplaintEvent
from orders.models.elder_events import ElderEvent
from orders.models.elders import (
    Assessment,
    Contact,
    Elder,
    ElderAlert,
    ElderCategory,
    Entitlement,
    EntitlementUse,
    EntitlementUseEvent,
    GradeBand,
)
from orders.models.obligations import Obligation, ObligationEvent
from orders.models.orders import Holiday, Order, OrderEvent, OrderItem, OrderSeries
from orders.models.terms import Priority, WindowRule
from orders.models.visits import Visit, VisitEvent, VisitLink, VisitWindow

__all__ = [
    "Assessment",
    "CallBack",
    "CallBackEvent",
    "CallChange",
    "CallEvent",
    "CallRecord",
    "Complaint",
    "ComplaintEvent",
    "Contact",
    "DialRequest",
    "Elder",
    "ElderAlert",
    "ElderCategory",
    "ElderEvent",
    "Entitlement",
    "EntitlementUse",
    "EntitlementUseEvent",
    "Extension",
    "GradeBand",
    "Holiday",
    "Obligation",
    "ObligationEvent",
    "Order",
    "OrderEvent",
    "OrderItem",
    "OrderSeries",
    "Priority",
    "ServiceItem",
    "ServiceKind",
    "Visit",
    "VisitEvent",
    "VisitLink",
    "VisitWindow",
    "WindowRule",
]
