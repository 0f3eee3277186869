"""Refusals, worded as Telegram words them."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refused call: `code` is both the HTTP status and `error_code` of the body."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


def too_many_requests(retry_after: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def query_too_old() -> ApiError:
    return bad_request("query is too old and response timeout expired or query ID is invalid")


class PageError(Exception):
    """A refused call of the page: answered as `{"error": …}` with `status`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
