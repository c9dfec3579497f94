"""Invalid changes of a configuration file."""

from amitypes import TCPClient
from amitypes.nested import ConfigCategory, ConfigChange


async def changing(client: TCPClient, category: ConfigCategory) -> None:
    update = client.actions.update_config
    await update(src_filename="a", dst_filename="a", changes=["NewCat"])  # error: mypy[list-item] pyright[reportArgumentType]
    await update(src_filename="a", dst_filename="a", changes=[category])  # error: mypy[list-item] pyright[reportArgumentType]
    ConfigChange.insert("a", "0", "name", "value")  # error: mypy[arg-type] pyright[reportArgumentType]
    ConfigChange.append("a", "name")  # error: mypy[call-arg] pyright[reportCallIssue]
    print(category.line)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue]
