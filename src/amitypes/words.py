"""The words that headers and parameters may be.

```python
def icon(state: words.ChannelStateDesc) -> str: ...     # an editor completes "Down", "Ringing", "Up" …

icon(event.channel_state_desc)
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amitypes._generated import words as _generated
from amitypes._generated.words import *  # noqa: F403

if not TYPE_CHECKING:
    __all__ = _generated.__all__

    def __dir__() -> list[str]:
        return sorted(__all__)
