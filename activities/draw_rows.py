"""What a prize draw is, as a catalogue file says it: prizes, rules, who may enter, until when."""

from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from activities.fair_draw import MOST_UNITS
from activities.localised import Localised

# Leaves room for the rest of a message, in characters.
MOST_RULES = 1500
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Prize(BaseModel):
    """`count` of one thing. With `codes`, one each, a winner has it at once, such as a coupon's;
    without, the team hands it over."""

    model_config = ConfigDict(extra="forbid")
    title: Localised
    count: int = Field(ge=1, le=1000)
    codes: list[Code] = Field(default_factory=list)

    @model_validator(mode="after")
    def one_each(self) -> "Prize":
        if self.codes and len(set(self.codes)) != self.count:
            raise ValueError(f"give {self.count} different codes, as many as there are of it")
        return self


class DrawRow(BaseModel):
    """The terms of a draw. `cities`: whoever chose one of these may enter; anybody without any.

    Between the list's hash and the seed lie `reveal_minutes`, in which all entrants are told it.
    """

    model_config = ConfigDict(extra="forbid")
    rules: Localised
    prizes: list[Prize] = Field(min_length=1, max_length=20)
    cities: list[str] = Field(default_factory=list, max_length=50)
    entries_until: AwareDatetime | None = None
    reveal_minutes: int = Field(60, ge=10, le=7 * 24 * 60)
    claim_hours: int = Field(72, ge=1, le=60 * 24)

    @field_validator("rules")
    @classmethod
    def short_enough(cls, rules: Localised) -> Localised:
        if max(len(rules.zh), len(rules.en)) > MOST_RULES:
            raise ValueError(f"the rules have more than {MOST_RULES} characters")
        return rules

    @model_validator(mode="after")
    def few_enough(self) -> "DrawRow":
        if sum(prize.count for prize in self.prizes) > MOST_UNITS:
            raise ValueError(f"there are more than {MOST_UNITS} prizes")
        return self

    def terms(self) -> dict[str, Any]:
        """What of it is published, but for its times."""
        return {
            "rules": self.rules.model_dump(),
            "prizes": [prize.model_dump(exclude={"codes"}) for prize in self.prizes],
            "cities": self.cities,
            "reveal_minutes": self.reveal_minutes,
            "claim_hours": self.claim_hours,
        }
