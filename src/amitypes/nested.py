"""Nested data: values that several headers of a message make up together."""

from amitypes._models.advice_of_charge import AOCRate, AOCUnit
from amitypes._models.config_file import ConfigCategory, ConfigChange, ConfigLine

__all__ = ["AOCRate", "AOCUnit", "ConfigCategory", "ConfigChange", "ConfigLine"]
