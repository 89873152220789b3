from orders.models.calls import CallEvent, CallRecord
from orders.models.catalogue import ServiceItem, ServiceKind
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
    "CallEvent",
    "CallRecord",
    "Contact",
    "Elder",
    "ElderAlert",
    "ElderCategory",
    "Entitlement",
    "EntitlementUse",
    "EntitlementUseEvent",
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
