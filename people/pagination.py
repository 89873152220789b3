"""One way to page lists: by cursor, so that rows added meanwhile shift nothing."""

from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """Fifty rows a page, at most 200, in the order of the primary key unless the view says otherwise."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "pk"
