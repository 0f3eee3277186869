"""Settings from the environment (prefix CHEZHI_) and from .env."""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from retrieval.calibration import FALSE_ANSWERS
from retrieval.chunks import Chunking
from storage.encryption import Keys, kept_secret, make_key, read_key

PREFIX = "CHEZHI_"
# What @BotFather gives: the bot's id and its secret.
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+", re.ASCII)


class SettingsError(Exception):
    """A setting is wrong; the message names the variable and what it takes."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    bot_token: SecretStr | None = Field(None, description="the token that @BotFather gave you")
    owner_ids: Annotated[list[int], NoDecode] = Field(
        default_factory=list, description="Telegram user ids of admins, separated by commas"
    )
    database_url: str = Field(
        "",
        description="sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME",
    )
    redis_url: str = Field("", description="nothing yet: leave it empty")
    embedding_model: str = Field(
        "bundled", description="bundled, or a sentence-transformers id or folder"
    )
    reranker_model: str = Field("", description="a cross-encoder's id or folder, or empty")
    reader_model: str = Field(
        "none", description="bundled, none, or an extractive-QA model's id or folder"
    )
    false_answers: float = Field(
        FALSE_ANSWERS,
        ge=0,
        le=1,
        description="share of questions without an answer that may get one, a number from 0 to 1",
    )
    chunk_size: int = Field(
        Chunking().max_size,
        ge=20,
        le=2000,
        description="a whole number from 20 to 2000: Han characters, or half words of English",
    )
    chunk_overlap: int = Field(
        Chunking().overlap,
        ge=0,
        le=1000,
        description="a whole number from 0 to half the chunk size",
    )
    generator: str = Field(
        "none",
        description="none, bundled, a transformers id or folder, or openai:BASE_URL#MODEL",
    )
    generator_api_key: SecretStr | None = Field(None, description="key for an openai: generator")
    encryption_keys: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="keys that `chezhi db make-key` makes, the newest first, separated by commas",
    )
    link_key: SecretStr | None = Field(
        None, description="a key that `chezhi db make-key` makes, the same in all processes"
    )
    public_url: str = Field("", description="https URL at which Telegram reaches the webhook")
    messages_per_second: float = Field(
        25, gt=0, le=1000, description="a number from above 0 to 1000 (Telegram: about 30)"
    )
    paid_per_second: float = Field(
        1000, gt=0, le=1000, description="a number from above 0 to 1000, of paid broadcasts"
    )
    global_holdout: float = Field(
        0, ge=0, le=0.5, description="share of people who get no campaign at all, from 0 to 0.5"
    )
    quiet_hours: str = Field(
        "22-8", description="hours of the day like 22-8, or empty: no campaign is sent in them"
    )
    invites_a_week: int = Field(
        3, ge=1, le=100, description="invites that a person gets in a week, from 1 to 100"
    )
    quality_margin: float = Field(
        0.03,
        ge=0,
        le=1,
        description="how far a figure on golden questions may fall, a number from 0 to 1",
    )
    promote_margin: float = Field(
        0,
        ge=0,
        le=1,
        description="how much nDCG@10 a new model may cost, a number from 0 to 1",
    )
    explore: float = Field(
        0.05,
        ge=0,
        le=0.5,
        description="share of places that /recommend gives to next-best items, from 0 to 0.5",
    )
    approval: Literal["one", "two"] = Field(
        "two",
        description="two (who wrote a campaign may not approve it, while another may), or one",
    )
    data_dir: Path = Field(Path("var"), description="folder for the database, indexes and models")

    @field_validator("owner_ids", "encryption_keys", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        """Takes `1,2`, `1 2` or a JSON list."""
        if not isinstance(value, str):
            return value
        if value.strip().startswith("["):
            return json.loads(value)
        return value.replace(",", " ").split()

    @field_validator("encryption_keys")
    @classmethod
    def are_keys(cls, value: list[SecretStr]) -> list[SecretStr]:
        for key in value:
            read_key(key.get_secret_value())
        return value

    @field_validator("link_key")
    @classmethod
    def is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            read_key(value.get_secret_value())
        return value

    @field_validator("redis_url")
    @classmethod
    def does_nothing_yet(cls, value: Any) -> Any:
        """Who sets it expects something of it: queues that are shared."""
        if value:
            raise ValueError("it does nothing in this version: leave it out")
        return value

    @field_validator("database_url")
    @classmethod
    def known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError("unknown kind of database")
        return value

    @field_validator("chunk_overlap")
    @classmethod
    def small_overlap(cls, value: int, info: ValidationInfo) -> int:
        if 2 * value > info.data.get("chunk_size", 2 * value):
            raise ValueError("more than half the chunk size")
        return value

    @property
    def token_fault(self) -> str | None:
        """What is wrong with the bot's token, as far as its form tells."""
        token = self.bot_token.get_secret_value() if self.bot_token else ""
        if not token:
            return f"{PREFIX}BOT_TOKEN is not set"
        if not TOKEN.fullmatch(token):
            return f"{PREFIX}BOT_TOKEN is no token: one looks like 123456789:AAE2lPq-x9_y8_Z7w6"
        return None

    @property
    def keys(self) -> Keys | None:
        """What names and phone numbers are encrypted with: the setting's keys, then the one that
        the demo made in the data folder. Raises SettingsError for a file that holds none."""
        given = [key.get_secret_value() for key in self.encryption_keys]
        if self.key_file.exists():
            given.append(self.key_file.read_text("ascii", errors="replace").strip())
        try:
            found = [read_key(key) for key in given]
        except ValueError as error:
            raise SettingsError(f"{self.key_file}: {error}") from error
        return Keys(found) if found else None

    def make_key_file(self) -> None:
        """Makes a key in the data folder, where there is none at all."""
        if not self.encryption_keys:
            kept_secret(self.key_file, make_key())

    @property
    def link_secret(self) -> bytes:
        """What deep links are signed with: the setting, else a key in the data folder, which is
        made here. Raises SettingsError."""
        try:
            if self.link_key is not None:
                return read_key(self.link_key.get_secret_value())
            return read_key(kept_secret(self.link_key_file, make_key()))
        except (OSError, ValueError) as error:
            raise SettingsError(f"{self.link_key_file}: {error}") from error

    @property
    def key_file(self) -> Path:
        return self.data_dir / "encryption.key"

    @property
    def link_key_file(self) -> Path:
        return self.data_dir / "links.key"

    @property
    def chunking(self) -> Chunking:
        return Chunking(self.chunk_size, self.chunk_overlap)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir}/chezhi.db"

    @property
    def knowledge_dir(self) -> Path:
        return self.data_dir / "kb"

    @property
    def synonyms_file(self) -> Path:
        """The content team's own synonyms, if they have made any."""
        return self.data_dir / "synonyms.yaml"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def recommender_dir(self) -> Path:
        return self.data_dir / "recommender"

    @property
    def profiles_dir(self) -> Path:
        return self.data_dir / "profiles"

    @property
    def media_dir(self) -> Path:
        """Pictures of campaigns."""
        return self.data_dir / "media"

    @property
    def playground_dir(self) -> Path:
        return self.data_dir / "playground"

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """What in the data folder is about people or of the team's making: not the models, which
        are anybody's."""
        return (
            self.knowledge_dir,
            self.recommender_dir,
            self.profiles_dir,
            self.playground_dir,
            self.media_dir,
            self.key_file,
            self.link_key_file,
        )

    @property
    def has_data_dir_alone(self) -> bool:
        """Whether nothing but ours is in the data folder, as in one that we made."""
        ours = {path.name for path in (*self.own_folders, self.models_dir, self.synonyms_file)}
        there = self.data_dir.iterdir() if self.data_dir.is_dir() else ()
        return all(path.name in ours or path.name.startswith("chezhi.db") for path in there)


def load_settings(**overrides: Any) -> Settings:
    """Reads the settings. Raises SettingsError that names each wrong variable and what it takes."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except (ValidationError, ValueError) as error:
        raise SettingsError(_explain(error)) from error


def _explain(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        field = Settings.model_fields.get(name)
        takes = field.description if field else "see docs/operators.md"
        # The value is left out: it may be a secret.
        lines.append(f"{PREFIX}{name.upper()} is wrong ({problem['msg']}). It takes {takes}.")
    return "\n".join(lines)
