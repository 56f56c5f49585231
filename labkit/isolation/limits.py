"""What one submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Seconds of wall clock, bytes, processes. A right solution of this course needs a hundredth of each."""

    call_seconds: float = 10.0  # one call of one function
    load_seconds: float = 10.0  # reading the file, top to bottom
    total_seconds: float = 120.0  # everything, all labs
    memory_bytes: int = 2048 * MIB  # address space beyond what Python and numpy take
    output_bytes: int = 1 * MIB  # printed by one worker
    result_bytes: int = 256 * MIB  # returned by one call
    file_bytes: int = 16 * MIB  # written to the worker's own empty folder, which is gone afterwards
    source_bytes: int = 2 * MIB  # a submitted file
    processes: int = 1  # the worker itself, threads counted

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(f"Limits: {field.name} is {value!r}; a limit is larger than 0")

    def as_dict(self) -> dict:
        return asdict(self)
