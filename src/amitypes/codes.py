"""Names for the numbers that AMI sends, such as hangup causes.

```python
cause = codes.HangupCause.find(event.cause)             # HangupCause | None
if event.cause == codes.HangupCause.USER_BUSY: ...
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._generated import codes as _generated
from amitypes._generated.codes import *  # noqa: F403

if not TYPE_CHECKING:
    __all__ = _generated.__all__

    def __dir__() -> list[str]:
        return sorted(__all__)
