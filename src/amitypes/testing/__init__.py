"""A fake Asterisk for tests: an AMI server on a real TCP socket that a test controls.

```python
from amitypes import TCPClient
from amitypes.testing import FakeAsterisk

async def test_ping() -> None:
    async with FakeAsterisk({"hello": "world"}) as asterisk:
        async with TCPClient(asterisk.host, asterisk.port, username="hello", password="world") as client:
            await client.actions.ping()
        names = [action.name for action in asterisk.received]
        assert names == ["Challenge", "Login", "CoreSettings", "Ping", "Logoff"]
```
"""

from __future__ import annotations

from amitypes.testing.calls import Outcome
from amitypes.testing.fake import FakeAsterisk
from amitypes.testing.messages import ReceivedAction, Reply

__all__ = ["FakeAsterisk", "Outcome", "ReceivedAction", "Reply"]
