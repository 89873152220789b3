from orders.admin import calls, catalogue, elders, obligations, orders, visits

__all__ = ["calls", "catalogue", "elders", "obligations", "orders", "visits"]
