"""What the operators' load reads out of the console's HTML."""

from benchmarks.console.page import form_fields, keys_in, marks, slots

PANES = """
<div id="pane-calls" hx-swap-oob="true"><input type="hidden" name="seen" value="calls:0a1b">
<form action="/console/calls/17/take/"></form><form action="/console/calls/9/hang-up/"></form>
<form action="/console/calls/21/take/"></form></div>
<div id="pane-today"><input type="hidden" name="seen" value="today:ff00"></div>
"""

FORM = """
<form id="find"><input name="q" value="not this one"></form>
<form class="card" id="order" method="post">
  <button name="do" value="add">more</button>
  <input type="hidden" name="key" value="a&amp;b">
  <input type="radio" name="line-0-item" value="1"><input type="radio" name="line-0-item" value="2" checked>
  <input type="checkbox" name="loud" value="yes">
  <input type="date" name="line-0-day" value="2026-11-25"><input name="empty"><input value="nameless">
  <input name="old" value="x" disabled><input type="submit" name="send" value="go">
  <select name="caller"><option value="5">王<option value="6" selected>李</select>
  <select name="carer"><option value="">whoever</option><option value="3">陈</option></select>
  <textarea name="note">two
lines</textarea>
</form>
<input name="after" value="outside">
"""


def test_a_form_sends_what_a_browser_would_send_of_it():
    assert form_fields(FORM, "order") == {
        "key": "a&b",
        "line-0-item": "2",
        "line-0-day": "2026-11-25",
        "empty": "",
        "caller": "6",
        "carer": "",
        "note": "two\nlines",
    }


def test_a_page_without_the_form_sends_nothing():
    assert form_fields("<form id='find'><input name='q' value='x'></form>", "order") == {}


def test_each_pane_carries_its_mark():
    assert marks(PANES) == {"calls": "calls:0a1b", "today": "today:ff00"}


def test_ringing_calls_are_those_that_can_be_taken():
    assert keys_in(PANES, "/console/calls/0/take/") == {17, 21}


def test_slots_are_read_in_their_order():
    answer = """<fieldset class="slots" data-digits><legend>Who can come</legend>
    <label><input type="radio" id="slot-1" name="line-0-slot" value="7@20261125T0930"><span>09:30</span></label>
    <label><input type="radio" id="slot-2" name="line-0-slot" value="7-8@20261125T1000" checked></label></fieldset>"""

    assert slots(answer) == ["7@20261125T0930", "7-8@20261125T1000"]


def test_an_answer_without_a_slot_differs_from_one_without_a_search():
    assert slots('<fieldset class="slots"><p>Nobody can come in that time:</p></fieldset>') == []
    assert slots('<div class="notice warning"><p>The window has passed.</p></div>') is None
