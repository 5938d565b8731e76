"""The two shapes in which the protocol's clients expect to be refused."""

from pydantic import BaseModel, Field


class ErrorMessage(BaseModel):
    """Why."""

    message: str


class RefusedRead(BaseModel):
    """Of GET."""

    errors: ErrorMessage
    error_values: None = Field(alias="errorValues")


class RefusedWrite(BaseModel):
    """Of every other method."""

    success: bool
    errors: str
    error_values: dict[str, str] = Field(alias="errorValues")
