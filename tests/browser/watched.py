"""A page under watch."""

from playwright.sync_api import Page, Request


class Watched:
    """A page that remembers what the console complained about, and what was not found or never came."""

    def __init__(self, page: Page) -> None:
        self.page, self.complaints = page, list[str]()
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._note)

    def _note(self, request: Request) -> None:
        # A part that htmx was fetching when the page went elsewhere is dropped by the page itself.
        if request.failure != "net::ERR_ABORTED" or "hx-request" not in request.headers:
            self.complaints.append(f"{request.url}: {request.failure}")
