"""Texts of catalogue files, in both languages."""

from pydantic import BaseModel, ConfigDict, Field


class Localised(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
