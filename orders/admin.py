"""Registers the admin pages of the order side; they live in orders.admin_pages."""

from orders.admin_pages import calls, catalogue, elders, obligations, orders, visits

__all__ = ["calls", "catalogue", "elders", "obligations", "orders", "visits"]
