"""The errors and their attributes."""

from typing import assert_type

from amitypes import TCPClient, responses
from amitypes.errors import ActionError, UnsupportedActionError
from amitypes.errors import ActionTimeout, AMIError, AuthenticationError, ConnectionLost, InvalidActionError, OutcomeUnknown


async def main(client: TCPClient) -> responses.Ping | None:
    try:
        return await client.actions.ping()
    except UnsupportedActionError as error:
        assert_type(error.action, str)
    except ActionError as error:
        print(error.response.message, error.response.raw)
    except ActionTimeout as error:
        assert_type(error.received, list[dict[str, str | list[str]]])
    except OutcomeUnknown as error:
        assert_type(error.received, list[dict[str, str | list[str]]])
    except AuthenticationError as error:
        assert_type(error.answer, list[dict[str, str | list[str]]])
    except (ConnectionLost, InvalidActionError) as error:
        print(error)
    return None


standard: list[type[Exception]] = [AMIError]
refused: type[ValueError] = InvalidActionError
late: type[TimeoutError] = ActionTimeout
gone: type[ConnectionError] = ConnectionLost
