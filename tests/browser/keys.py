"""A hand on the keyboard: it presses keys where the focus is, and counts them."""

from playwright.sync_api import Page

KEYS_OF_A_CHARACTER = 5  # a Chinese character is its pinyin and a blank


class Keys:
    """Presses and counts; Ctrl + Enter are two."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += key.count("+") + 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += sum(1 if char.isascii() else KEYS_OF_A_CHARACTER for char in text)
