"""The one error for input that a person can mend."""


class InputError(ValueError):
    """Bad input. The message is one line: what was expected, what was received, what to do."""

    def __init__(self, expected: str, received: object, fix: str):
        super().__init__(f"Expected {expected}. Received: {received}. {fix}")
