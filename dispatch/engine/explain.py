from dispatch.engine.draft import Draft
from dispatch.engine.plan import Reason


def why_absent(draft: Draft, visit: int) -> tuple[Reason, ...]:
    return ()
