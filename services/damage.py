"""Damaged files in whose place something else serves: the admins are told, once for each damage."""

from retrieval.knowledge import KnowledgeBase
from services.operators import Operators
from services.recommending.serving import Recommendations


class Damage:
    def __init__(
        self, operators: Operators, knowledge: KnowledgeBase, recommendations: Recommendations
    ) -> None:
        self.operators = operators
        self.knowledge = knowledge
        self.recommendations = recommendations
        self._told: set[tuple[str, ...]] = set()

    async def tell(self) -> None:
        """Where no admin has it, the next call tries again."""
        for key, faults in (
            ("damaged-index", self.knowledge.faults),
            ("damaged-model", self.recommendations.faults),
        ):
            new = bool(faults) and (key, *faults) not in self._told
            if new and await self.operators.tell(key, reason=faults[0]):
                self._told.add((key, *faults))
