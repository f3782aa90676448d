"""Names for models: `provider/model-id`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ModelRef:
    """A model at a provider.

    Attributes:
        provider: the name the user gave the provider; contains no slash.
        model: the id as the server knows it; may contain slashes
            (`openrouter/anthropic/claude-opus-4.6` is the model `anthropic/claude-opus-4.6`).
    """

    provider: str
    model: str

    @classmethod
    def parse(cls, text: str) -> ModelRef:
        """Split at the first slash.

        Raises:
            ValueError: when there is no slash, or nothing on one side of it.
        """
        provider, slash, model = text.strip().partition("/")
        if not slash or not provider or not model:
            raise ValueError(f"'{text}' is not a model reference: write provider/model-id")
        return cls(provider, model)

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"
