"""Registers the admin pages of the order side; they live in orders.admin_pages."""

from orders.admin_pages import calls, catalogue, complaints, elders, obligations, orders, visits

__all__ = ["calls", "catalogue", "complaints", "elders", "obligations", "orders", "visits"]
